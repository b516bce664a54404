#include "replication/raft_rows.hpp"

#include "ledger/base/crc.hpp"

namespace keyledger {

namespace {

constexpr std::size_t crc_bytes = 4;
constexpr std::size_t entry_head_bytes = 9;     // term, kind
constexpr std::size_t members_head_bytes = 16;  // index, two counts

std::uint32_t crc_of(std::string_view key, std::string_view body) {
    std::string both(key);
    both += body;
    return crc32(both);
}

Row checked_row(std::string_view key, std::string_view body) {
    std::string value;
    value.reserve(crc_bytes + body.size());
    append_u32(value, crc_of(key, body));
    value += body;
    return {Family::raft, std::string(key), std::move(value)};
}

}  // namespace

std::string entry_key(std::uint64_t index) {
    std::string key(entries_begin);
    append_u64(key, index);
    return key;
}

std::uint64_t index_of(std::string_view key) {
    const bool is_entry = key.size() == entries_begin.size() + 8 && key.starts_with(entries_begin);
    return is_entry ? load_u64(key.substr(entries_begin.size())) : 0;
}

std::optional<std::string_view> checked_body(std::string_view key, std::string_view value) {
    if (value.size() < crc_bytes) return std::nullopt;
    const std::string_view body = value.substr(crc_bytes);
    if (load_u32(value) != crc_of(key, body)) return std::nullopt;
    return body;
}

Row entry_row(const RaftEntry& entry) {
    std::string body;
    body.reserve(entry_head_bytes + entry.data.size());
    append_u64(body, entry.term);
    body += static_cast<char>(entry.kind);
    body += entry.data;
    return checked_row(entry_key(entry.index), body);
}

std::optional<RaftEntry> decode_entry(std::string_view key, std::string_view value) {
    const auto body = checked_body(key, value);
    if (!body || body->size() < entry_head_bytes) return std::nullopt;
    const auto kind = static_cast<std::uint8_t>((*body)[8]);
    if (kind > static_cast<std::uint8_t>(EntryKind::change)) return std::nullopt;
    return RaftEntry{.index = index_of(key),
                     .term = load_u64(*body),
                     .kind = static_cast<EntryKind>(kind),
                     .data = std::string(body->substr(entry_head_bytes))};
}

Row numbers_row(std::string_view key, std::initializer_list<std::uint64_t> numbers) {
    std::string body;
    for (const std::uint64_t number : numbers) append_u64(body, number);
    return checked_row(key, body);
}

Row hard_state_row(const HardState& state) {
    return numbers_row(hard_state_key,
                       {state.term, static_cast<std::uint64_t>(state.vote), state.commit});
}

Row members_row(const Members& members, std::uint64_t index) {
    std::string body;
    append_u64(body, index);
    append_u32(body, static_cast<std::uint32_t>(members.voters.size()));
    append_u32(body, static_cast<std::uint32_t>(members.learners.size()));
    for (const auto* nodes : {&members.voters, &members.learners})
        for (const NodeId node : *nodes) append_u64(body, static_cast<std::uint64_t>(node));
    return checked_row(members_key, body);
}

std::optional<MembersAsOf> decode_members(std::string_view value) {
    const auto body = checked_body(members_key, value);
    if (!body || body->size() < members_head_bytes) return std::nullopt;
    const std::size_t voters = load_u32(body->substr(8)), learners = load_u32(body->substr(12));
    if (body->size() != members_head_bytes + 8 * (voters + learners)) return std::nullopt;
    MembersAsOf known{.members = {}, .index = load_u64(*body)};
    for (std::size_t i = 0; i < voters + learners; ++i) {
        const NodeId node{load_u64(body->substr(members_head_bytes + 8 * i))};
        (i < voters ? known.members.voters : known.members.learners).push_back(node);
    }
    return known;
}

}  // namespace keyledger
