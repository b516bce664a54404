#include "projections/chains.hpp"

namespace keyledger {
namespace {

constexpr const char* broken_stream = "does not continue its stream";

}  // namespace

const char* Chains::add(const LeafLinks& links, const Digest& leaf) {
    if (links.seq != next_seq_) return "holds another seq";
    if (links.time < time_) return "is earlier than the event before it";
    if (links.stream.kind == StreamKind::key) {
        if (const char* wrong = add_to_key(links, leaf)) return wrong;
    } else {
        Head& head = streams_[static_cast<std::size_t>(links.stream.kind)];
        if (links.stream_revision != head.revision + 1 || links.previous != head.leaf)
            return broken_stream;
        head = {links.stream_revision, leaf};
    }
    for (const UseLink& use : links.uses) {
        if (const char* wrong = add_use(links.seq, use)) return wrong;
    }
    time_ = links.time;
    next_seq_ += 1;
    return nullptr;
}

const char* Chains::add_to_key(const LeafLinks& links, const Digest& leaf) {
    KeyHead& head = keys_[links.stream.key];
    if (links.stream_revision != head.revision + 1 || links.previous != head.leaf)
        return broken_stream;
    head.revision = links.stream_revision;
    head.leaf = leaf;
    head.last_seq = links.seq;
    return nullptr;
}

const char* Chains::add_use(std::uint64_t seq, const UseLink& use) {
    const auto found = keys_.find(use.key);
    if (found == keys_.end()) return "counts a key that was never created";
    KeyHead& head = found->second;
    // All rows that one event has of the key name the event before it.
    if (head.last_seq != seq) head.prev_seq = head.last_seq;
    if (use.prev_seq != head.prev_seq) return "hides an event of a key that was checked";
    if (use.total != head.total + use.count) return "counts a key's checks wrongly";
    head.total = use.total;
    head.last_seq = seq;
    return nullptr;
}

}  // namespace keyledger
