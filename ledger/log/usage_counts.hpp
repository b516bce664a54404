#pragma once
// How often a key was checked in a stretch of time, by outcome: the value of a `usage` row.

#include "ledger/base/time.hpp"
#include "ledger/rules/identifiers.hpp"
#include "ledger/rules/outcome.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

struct UsageCounts {
    std::array<std::uint64_t, outcomes_count> by_outcome{};
    std::uint64_t cost = 0;

    void add(const UsageCounts& other);
    friend bool operator==(const UsageCounts&, const UsageCounts&) = default;
};

// An unknown outcome number (of a later version) is kept out; nothing if the bytes are no such
// value.
std::string encode(const UsageCounts& counts);
std::optional<UsageCounts> decode_usage_counts(std::string_view value);

// The value of a row to which both were added. A value that can't be read is
// not dropped: the sum is then that one, the older if both can't, so that whoever reads it next
// sees it.
std::string merged_usage(std::string_view older, std::string_view newer);

// Kept 7 days, 90 days and for ever.
enum class BucketWidth : std::uint8_t { minute = 'm', hour = 'h', day = 'd' };
Duration length_of(BucketWidth width);

// key id, width, then the bucket's first second since the epoch, u64be.
std::string usage_row_key(const KeyId& key, BucketWidth width, Timestamp bucket_start);
struct UsageRowKey {
    KeyId key;
    BucketWidth width;
    Timestamp start;
};
std::optional<UsageRowKey> parse_usage_row_key(std::string_view row_key);
Timestamp bucket_start(Timestamp time, BucketWidth width);

}  // namespace keyledger
