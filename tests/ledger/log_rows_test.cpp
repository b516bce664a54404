// The values and keys of rows beside the events.

#include "ledger/log/idempotency_row.hpp"
#include "ledger/log/usage_counts.hpp"

#include <catch2/catch.hpp>

#include <limits>

namespace keyledger {

TEST_CASE("an idempotency row is written as it is documented") {
    IdempotencyRow row{.time = Timestamp(Duration(0x0102030405060708)), .first_seq = 9, .count = 2};
    row.request.fill(0xab);
    const std::string value = encode(row);
    CHECK(to_hex(value) ==
          "0102030405060708" + to_hex(std::string(32, '\xab')) + "0000000000000009" + "00000002");
    CHECK(decode_idempotency_row(value) == row);
    CHECK_FALSE(decode_idempotency_row(value.substr(1)));
    CHECK_FALSE(decode_idempotency_row(value + "x"));
    CHECK_FALSE(decode_idempotency_row(""));
}

TEST_CASE("usage counts come back as they were") {
    UsageCounts counts;
    CHECK(decode_usage_counts(encode(counts)) == counts);
    counts.cost = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t i = 0; i < counts.by_outcome.size(); ++i)
        counts.by_outcome[i] = i * 1'000'000'007;
    CHECK(decode_usage_counts(encode(counts)) == counts);
}

TEST_CASE("a usage value holds its cost, and only the outcomes that were counted") {
    UsageCounts counts;
    counts.cost = 3;
    counts.by_outcome[2] = 5;
    CHECK(to_hex(encode(counts)) ==
          "0000000000000003"
          "02"
          "0000000000000005");
}

TEST_CASE("an outcome of a later version is kept out of the counts") {
    UsageCounts counts;
    counts.by_outcome[2] = 5;
    std::string value = encode(counts);
    value += '\x63';
    append_u64(value, 77);
    CHECK(decode_usage_counts(value) == counts);
}

TEST_CASE("bytes that are no usage value are refused") {
    const std::string value = encode(UsageCounts{.by_outcome = {1, 1}, .cost = 1});
    for (std::size_t size = 0; size < value.size(); ++size)
        if (size != 8 && size != 17) CHECK_FALSE(decode_usage_counts(value.substr(0, size)));
    std::string twice = value;
    twice[17] = 0;
    CHECK_FALSE(decode_usage_counts(twice));
}

TEST_CASE("usage values are added in any grouping") {
    const std::string a = encode(UsageCounts{.by_outcome = {1}, .cost = 2});
    const std::string b = encode(UsageCounts{.by_outcome = {3, 4}, .cost = 5});
    const std::string c = encode(UsageCounts{.by_outcome = {0, 0, 6}, .cost = ~std::uint64_t{0}});
    const std::string bad = "?", worse = "??";
    for (const auto& [x, y, z] : {std::tuple(a, b, c), std::tuple(a, bad, c),
                                  std::tuple(bad, b, worse), std::tuple(a, bad, worse)})
        CHECK(merged_usage(merged_usage(x, y), z) == merged_usage(x, merged_usage(y, z)));
    CHECK(decode_usage_counts(merged_usage(a, b)) == UsageCounts{.by_outcome = {4, 4}, .cost = 7});
    CHECK(merged_usage(a, bad) == bad);
    CHECK(merged_usage(bad, worse) == bad);
}

TEST_CASE("buckets begin at whole minutes, hours and days of UTC") {
    const auto start = [](const char* time, BucketWidth width) {
        return to_rfc3339(bucket_start(*parse_rfc3339(time), width));
    };
    const char* time = "2026-11-21T20:53:04.123Z";
    CHECK(start(time, BucketWidth::minute) == "2026-11-21T20:53:00.000Z");
    CHECK(start(time, BucketWidth::hour) == "2026-11-21T20:00:00.000Z");
    CHECK(start(time, BucketWidth::day) == "2026-11-21T00:00:00.000Z");
    CHECK(start("2026-11-21T00:00:00Z", BucketWidth::day) == "2026-11-21T00:00:00.000Z");
    CHECK(start("1969-12-31T23:59:59.999Z", BucketWidth::day) == "1969-12-31T00:00:00.000Z");
}

TEST_CASE("a usage row's key says its key, its width and its start, and nothing else reads so") {
    KeyId key;
    key.uuid.fill(0xcd);
    const Timestamp start = *parse_rfc3339("2026-11-21T20:53:00Z");
    const std::string row_key = usage_row_key(key, BucketWidth::minute, start);
    CHECK(to_hex(row_key) == to_hex(std::string(16, '\xcd')) + "6d" + "000000006b0204ac");
    const auto parsed = parse_usage_row_key(row_key);
    REQUIRE(parsed);
    CHECK(parsed->key == key);
    CHECK(parsed->width == BucketWidth::minute);
    CHECK(parsed->start == start);
    CHECK_FALSE(parse_usage_row_key(row_key + "x"));
    CHECK_FALSE(parse_usage_row_key(""));
    std::string other_width = row_key;
    other_width[16] = 'w';
    CHECK_FALSE(parse_usage_row_key(other_width));
    std::string far = row_key;
    far[17] = '\x7f';
    CHECK_FALSE(parse_usage_row_key(far));
}

}  // namespace keyledger
