#pragma once
// The rows of the Raft log, as raft_disk.hpp describes them. Reading gives nothing for a row that
// is not whole, or stands under another key.

#include "ledger/base/bytes.hpp"
#include "ledger/log/event_log.hpp"
#include "replication/raft_types.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr std::string_view bounds_key = "bounds";
inline constexpr std::string_view hard_state_key = "hard_state";
inline constexpr std::string_view members_key = "members";
inline constexpr std::string_view applied_key = "applied";
// Every key of an entry, and no other, is between these.
inline constexpr std::string_view entries_begin = "e";
inline constexpr std::string_view entries_end = "f";

std::string entry_key(std::uint64_t index);
// 0 for a key that no entry has.
std::uint64_t index_of(std::string_view key);

Row entry_row(const RaftEntry& entry);
std::optional<RaftEntry> decode_entry(std::string_view key, std::string_view value);

Row members_row(const Members& members, std::uint64_t index);
struct MembersAsOf {
    Members members;
    std::uint64_t index = 0;
};
std::optional<MembersAsOf> decode_members(std::string_view value);

Row hard_state_row(const HardState& state);

Row numbers_row(std::string_view key, std::initializer_list<std::uint64_t> numbers);
// What follows the CRC, if it is that of the key and of these bytes.
std::optional<std::string_view> checked_body(std::string_view key, std::string_view value);

template <std::size_t count>
std::optional<std::array<std::uint64_t, count>> decode_numbers(std::string_view key,
                                                               std::string_view value) {
    const auto body = checked_body(key, value);
    if (!body || body->size() != 8 * count) return std::nullopt;
    std::array<std::uint64_t, count> numbers;
    for (std::size_t i = 0; i < count; ++i) numbers[i] = load_u64(body->substr(8 * i));
    return numbers;
}

}  // namespace keyledger
