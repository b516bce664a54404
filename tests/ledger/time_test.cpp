#include "ledger/base/time.hpp"

#include "ledger/base/clock.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

Timestamp at(std::int64_t milliseconds) {
    return Timestamp(Duration(milliseconds));
}

// Milliseconds since the epoch, by python3's datetime.
constexpr std::int64_t year_1 = -62'135'596'800'000;
constexpr std::int64_t last_of_9999 = 253'402'300'799'999;

struct Moment {
    std::int64_t milliseconds;
    const char* text;
};

}  // namespace

TEST_CASE("a moment is written in UTC with milliseconds") {
    const auto [milliseconds, text] = GENERATE(  // by python3's datetime
        Moment{0, "1970-01-01T00:00:00.000Z"}, Moment{-1, "1969-12-31T23:59:59.999Z"},
        Moment{482'196'050'520, "1985-04-12T23:20:50.520Z"},
        Moment{951'827'696'789, "2000-02-29T12:34:56.789Z"},
        Moment{1'709'164'800'000, "2024-02-29T00:00:00.000Z"},
        Moment{1'795'294'384'123, "2026-11-21T20:53:04.123Z"},
        Moment{-2'203'891'201'000, "1900-02-28T23:59:59.000Z"},
        Moment{year_1, "0001-01-01T00:00:00.000Z"},
        Moment{last_of_9999, "9999-12-31T23:59:59.999Z"});
    CHECK(to_rfc3339(at(milliseconds)) == text);
    CHECK(parse_rfc3339(text) == at(milliseconds));
    std::string out = "at ";
    append_rfc3339(out, at(milliseconds));
    CHECK(out == std::string("at ") + text);
}

TEST_CASE("the examples of RFC 3339 section 5.8 are read") {
    CHECK(parse_rfc3339("1985-04-12T23:20:50.52Z") == at(482'196'050'520));
    CHECK(parse_rfc3339("1996-12-19T16:39:57-08:00") == at(851'042'397'000));
    CHECK(parse_rfc3339("1990-12-31T23:59:60Z") == at(662'688'000'000));
    CHECK(parse_rfc3339("1990-12-31T15:59:60-08:00") == at(662'688'000'000));
    CHECK(parse_rfc3339("1937-01-01T12:00:27.87+00:20") == at(-1'041'337'172'130));
}

TEST_CASE("a time may have small letters, any offset and any number of fraction digits") {
    const auto text = GENERATE("2026-11-21t20:53:04.123z", "2026-11-21T20:53:04.1230Z",
                               "2026-11-21T20:53:04.123999999999999999999999999999Z",
                               "2026-11-21T20:53:04.123-00:00", "2026-11-21T20:53:04.123+00:00",
                               "2026-11-22T20:52:04.123+23:59", "2026-11-20T20:54:04.123-23:59",
                               "2026-11-22T02:38:04.123+05:45");
    CHECK(parse_rfc3339(text) == at(1'795'294'384'123));
}

TEST_CASE("a fraction is cut, before the epoch too") {
    CHECK(parse_rfc3339("2026-11-21T20:53:04.1239Z") == at(1'795'294'384'123));
    CHECK(parse_rfc3339("1969-12-31T23:59:59.9999Z") == at(-1));
    CHECK(parse_rfc3339("1970-01-01T00:00:00.0009Z") == at(0));
    CHECK(parse_rfc3339("1970-01-01T00:00:00.5Z") == at(500));
    CHECK(parse_rfc3339("1970-01-01T00:00:00.05Z") == at(50));
}

TEST_CASE("a leap second stands only where UTC ends a month") {
    CHECK(parse_rfc3339("2016-12-31T23:59:60.250Z") == at(1'483'228'800'250));
    CHECK(parse_rfc3339("2017-01-01T05:29:60+05:30") == at(1'483'228'800'000));
    const std::string_view text =
        GENERATE("2016-12-31T23:58:60Z", "2016-12-30T23:59:60Z", "2016-12-31T22:59:60Z",
                 "2016-12-31T23:59:60+01:00", "2016-12-31T23:59:61Z", "9999-12-31T23:59:60Z");
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text));
}

TEST_CASE("a text that is no RFC 3339 time is refused") {
    const std::string_view text = GENERATE(
        // Too little of it.
        "", "2", "2026", "2026-11", "2026-11-21", "2026-11-21T", "2026-11-21T20",
        "2026-11-21T20:53", "2026-11-21T20:53Z", "2026-11-21T20:53:04", "2026-11-21T20:53:04.123",
        "2026-11-21T20:53:04.", "2026-11-21T20:53:04.Z", "2026-11-21T20:53:04+",
        "2026-11-21T20:53:04+01", "2026-11-21T20:53:04+01:", "2026-11-21T20:53:04+01:0",
        // Too much of it.
        "2026-11-21T20:53:04ZZ", "2026-11-21T20:53:04Z ", " 2026-11-21T20:53:04Z",
        "2026-11-21T20:53:04Z\n", "2026-11-21T20:53:04+01:00Z", "2026-11-21T20:53:04.1.2Z",
        "+2026-11-21T20:53:04Z", "-2026-11-21T20:53:04Z", "12026-11-21T20:53:04Z",
        // Another spelling.
        "2026-11-21 20:53:04Z", "2026-11-21_20:53:04Z", "20261121T205304Z", "2026/11/21T20:53:04Z",
        "2026-11-21T20.53.04Z", "2026-11-21T20:53:04,123Z", "2026-1-21T20:53:04Z",
        "2026-11-1T20:53:04Z", "2026-11-21T2:53:04Z", "2026-11-21T20:53:4Z", "26-11-21T20:53:04Z",
        "2026-11-21T20:53:04+0100", "2026-11-21T20:53:04 01:00", "2026-11-21T20:53:04UTC",
        "2026-W47-6T20:53:04Z", "2026-325T20:53:04Z", "1795294384", "2026-11-21T20:53:+4Z",
        "2026-11-21T20:53:-4Z", "2026-11-21T20:53: 4Z", "2026-11-21T20:53:04.-1Z",
        "2026-11-21T20:53:04.+1Z", "2026-11-21T20:53:04--1:00", "2026-11-21T20:53:04+-1:00",
        "2026-11-21T20:53:04\xe2\x88\x92"
        "01:00",
        "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-11-21T20:53:04Z");
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text));
}

TEST_CASE("a moment that the calendar or the clock lacks is refused") {
    const std::string_view text =
        GENERATE("2026-00-21T20:53:04Z", "2026-13-21T20:53:04Z", "2026-11-00T20:53:04Z",
                 "2026-11-31T20:53:04Z", "2026-02-29T20:53:04Z", "1900-02-29T20:53:04Z",
                 "2024-02-30T20:53:04Z", "2026-12-32T20:53:04Z", "2026-11-21T24:00:00Z",
                 "2026-11-21T20:60:04Z", "2026-11-21T20:53:99Z", "2026-11-21T20:53:04+24:00",
                 "2026-11-21T20:53:04+01:60", "2026-99-99T99:99:99Z",
                 // Outside of the years that can be written.
                 "0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01");
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text));
    CHECK_FALSE(parse_rfc3339(std::string_view("2026-11-21T20:53:04Z\0", 21)));
}

TEST_CASE("every moment is read as it was written") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 20'000; ++round) {
        const Timestamp time = at(draw<std::int64_t>(engine, year_1, last_of_9999));
        const std::string text = to_rfc3339(time);
        CHECK(text.size() == 24);
        CHECK(parse_rfc3339(text) == time);
    }
}

TEST_CASE("later moments are written as greater texts") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 1000; ++round) {
        const Timestamp time = at(draw<std::int64_t>(engine, year_1, last_of_9999 - 86'400'000));
        const Duration later = Duration(draw<std::int64_t>(engine, 1, 86'400'000));
        CHECK(to_rfc3339(time) < to_rfc3339(time + later));
    }
}

TEST_CASE("a duration is a whole number and a unit") {
    CHECK(parse_duration("0s") == 0ms);
    CHECK(parse_duration("0ms") == 0ms);
    CHECK(parse_duration("0d") == 0ms);
    CHECK(parse_duration("1500ms") == 1500ms);
    CHECK(parse_duration("1s") == 1000ms);
    CHECK(parse_duration("15m") == 900'000ms);
    CHECK(parse_duration("24h") == 86'400'000ms);
    CHECK(parse_duration("30d") == 2'592'000'000ms);
    CHECK(parse_duration("007s") == 7s);
}

TEST_CASE("a duration is at most 100 years") {
    // 100 * 365.25 = 36525 days, and so on down.
    CHECK(parse_duration("36525d") == 36'525 * 24h);
    CHECK(parse_duration("876600h") == 36'525 * 24h);
    CHECK(parse_duration("3155760000000ms") == 36'525 * 24h);
    const std::string_view text =
        GENERATE("36526d", "876601h", "52596001m", "3155760001s", "3155760000001ms",
                 "9223372036854775807ms", "9223372036854775807d", "9223372036854775808s",
                 "99999999999999999999999999s", "213503982335d");
    INFO(text);
    CHECK_FALSE(parse_duration(text));
}

TEST_CASE("a text that is no duration is refused") {
    const std::string_view text =
        GENERATE("", "s", "15", "0", "-1s", "+1s", "1.5h", "1,5h", "1 s", " 1s", "1s ", "1s\n",
                 "1S", "1M", "1H", "1D", "1MS", "1Ms", "1w", "1y", "1us", "1ns", "1min", "1sec",
                 "1h30m", "1ss", "PT15M", "0x10s", "1e3s", "--1s", "ms", "1m s", "1\xc2\xb5s");
    INFO(text);
    CHECK_FALSE(parse_duration(text));
    CHECK_FALSE(parse_duration(std::string_view("1s\0", 3)));
}

TEST_CASE("a duration is written in the largest unit that divides it") {
    CHECK(to_text(Duration{}) == "0s");
    CHECK(to_text(Duration(15min)) == "15m");
    CHECK(to_text(Duration(24h)) == "1d");
    CHECK(to_text(Duration(25h)) == "25h");
    CHECK(to_text(Duration(90min)) == "90m");
    CHECK(to_text(Duration(90s)) == "90s");
    CHECK(to_text(1500ms) == "1500ms");
    CHECK(to_text(duration_max) == "36525d");
    CHECK(to_text(Duration(-15min)) == "-15m");
}

TEST_CASE("every duration is read as it was written") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    const Duration unit = GENERATE(Duration(1ms), Duration(1s), Duration(1min), Duration(24h));
    for (int round = 0; round < 2000; ++round) {
        const auto count = draw<std::int64_t>(engine, 0, duration_max / unit);
        CHECK(parse_duration(to_text(count * unit)) == count * unit);
    }
}

TEST_CASE("the machine's clock tells the time of this century") {
    const Timestamp before = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    const Timestamp now = system_clock().now();
    CHECK(now >= before);
    CHECK(now < before + 1h);
}

}  // namespace keyledger
