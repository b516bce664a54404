#include "ledger/log/usage_counts.hpp"

#include "ledger/base/bytes.hpp"

#include <cstddef>
#include <limits>

namespace keyledger {

// A value is the cost, u64be, then for each outcome that was counted its number and its count,
// u64be, in ascending order.

namespace {

constexpr std::size_t cost_bytes = 8;
constexpr std::size_t outcome_bytes = 1 + 8;
constexpr std::size_t key_bytes = 16 + 1 + 8;

std::optional<BucketWidth> parse_width(char letter) {
    for (const BucketWidth width : {BucketWidth::minute, BucketWidth::hour, BucketWidth::day})
        if (letter == static_cast<char>(width)) return width;
    return std::nullopt;
}

}  // namespace

void UsageCounts::add(const UsageCounts& other) {
    for (std::size_t i = 0; i < by_outcome.size(); ++i) by_outcome[i] += other.by_outcome[i];
    cost += other.cost;
}

std::string encode(const UsageCounts& counts) {
    std::string value;
    append_u64(value, counts.cost);
    for (std::size_t i = 0; i < counts.by_outcome.size(); ++i) {
        if (counts.by_outcome[i] == 0) continue;
        value.push_back(static_cast<char>(i));
        append_u64(value, counts.by_outcome[i]);
    }
    return value;
}

std::optional<UsageCounts> decode_usage_counts(std::string_view value) {
    if (value.size() < cost_bytes || (value.size() - cost_bytes) % outcome_bytes != 0)
        return std::nullopt;
    UsageCounts counts;
    counts.cost = load_u64(value);
    int last = -1;
    for (value.remove_prefix(cost_bytes); !value.empty(); value.remove_prefix(outcome_bytes)) {
        const std::size_t outcome = static_cast<std::uint8_t>(value.front());
        if (static_cast<int>(outcome) <= last) return std::nullopt;
        last = static_cast<int>(outcome);
        if (outcome < counts.by_outcome.size())
            counts.by_outcome[outcome] = load_u64(value.substr(1));
    }
    return counts;
}

std::string merged_usage(std::string_view older, std::string_view newer) {
    std::optional<UsageCounts> sum = decode_usage_counts(older);
    if (!sum) return std::string(older);
    const std::optional<UsageCounts> added = decode_usage_counts(newer);
    if (!added) return std::string(newer);
    sum->add(*added);
    return encode(*sum);
}

Duration length_of(BucketWidth width) {
    switch (width) {
        case BucketWidth::minute:
            return std::chrono::minutes(1);
        case BucketWidth::hour:
            return std::chrono::hours(1);
        case BucketWidth::day:
            return std::chrono::days(1);
    }
    return {};
}

std::string usage_row_key(const KeyId& key, BucketWidth width, Timestamp bucket_start) {
    std::string row_key;
    row_key.reserve(key_bytes);
    row_key.append(reinterpret_cast<const char*>(key.uuid.data()), key.uuid.size());
    row_key.push_back(static_cast<char>(width));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(bucket_start.time_since_epoch());
    append_u64(row_key, static_cast<std::uint64_t>(seconds.count()));
    return row_key;
}

std::optional<UsageRowKey> parse_usage_row_key(std::string_view row_key) {
    if (row_key.size() != key_bytes) return std::nullopt;
    UsageRowKey parsed{};
    for (std::size_t i = 0; i < parsed.key.uuid.size(); ++i)
        parsed.key.uuid[i] = static_cast<std::uint8_t>(row_key[i]);
    const auto width = parse_width(row_key[16]);
    const auto seconds = static_cast<std::int64_t>(load_u64(row_key.substr(17)));
    constexpr std::int64_t seconds_max = std::numeric_limits<std::int64_t>::max() / 1000;
    if (!width || seconds > seconds_max || seconds < -seconds_max) return std::nullopt;
    parsed.width = *width;
    parsed.start = Timestamp(std::chrono::seconds(seconds));
    return parsed;
}

Timestamp bucket_start(Timestamp time, BucketWidth width) {
    const std::int64_t length = length_of(width).count();
    const std::int64_t since_epoch = time.time_since_epoch().count();
    const std::int64_t rest = (since_epoch % length + length) % length;
    return Timestamp(Duration(since_epoch - rest));
}

}  // namespace keyledger
