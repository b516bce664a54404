#include "tests/replication/simulation/invariants.hpp"

#include "ledger/base/sha256.hpp"

namespace keyledger {

namespace {

std::string name_of(NodeId node) {
    return "node " + std::to_string(static_cast<std::uint64_t>(node));
}

Digest digest_of(const RaftEntry& entry, std::string_view before) {
    std::string bytes(before);
    append_u64(bytes, entry.term);
    bytes += static_cast<char>(entry.kind);
    bytes += entry.data;
    return sha256(bytes);
}

}  // namespace

void Invariants::leads(NodeId node, std::uint64_t term) {
    const auto [leader, is_new] = leaders_.emplace(term, node);
    if (leader->second != node)
        violated(name_of(node) + " leads in term " + std::to_string(term) + ", and " +
                 name_of(leader->second) + " did");
}

void Invariants::stored(NodeId node, const RaftEntry& entry) {
    const Digest digest = digest_of(entry, "");
    const auto [known, is_new] = log_.emplace(std::pair(entry.index, entry.term), digest);
    if (known->second != digest)
        violated(name_of(node) + " stored another entry " + std::to_string(entry.index) +
                 " of term " + std::to_string(entry.term));
}

Digest Invariants::applied(NodeId node, const RaftEntry& entry, const Digest& before) {
    const Digest after = digest_of(entry, view_of(before));
    const auto [known, is_new] = states_.emplace(entry.index, after);
    if (known->second != after)
        violated(name_of(node) + " applied another entry " + std::to_string(entry.index));
    return after;
}

void Invariants::took_over(NodeId node, std::uint64_t index, const Digest& state) {
    const auto known = states_.find(index);
    if (known == states_.end() || known->second != state)
        violated(name_of(node) + " took over another state as of " + std::to_string(index));
}

void Invariants::answered(const std::string& context, std::uint64_t index) {
    const auto asked = asked_.find(context);
    if (asked == asked_.end()) return violated("a read was answered that nobody asked");
    if (index < asked->second)
        violated("a read was answered as of " + std::to_string(index) + ", when " +
                 std::to_string(asked->second) + " was applied");
}

void Invariants::violated(std::string what) {
    if (violation_.empty()) violation_ = std::move(what);
}

}  // namespace keyledger
