#include "ledger/rules/limits.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

Timestamp at(std::int64_t milliseconds) {
    return Timestamp(Duration(milliseconds));
}

}  // namespace

TEST_CASE("windows are counted from the epoch") {
    CHECK(window_index(at(0), 1min) == 0);
    CHECK(window_index(at(59'999), 1min) == 0);
    CHECK(window_index(at(60'000), 1min) == 1);
    CHECK(window_index(at(119'999), 1min) == 1);
    CHECK(window_index(*parse_rfc3339("1970-01-31T00:00:00Z"), std::chrono::days(30)) == 1);
}

TEST_CASE("a window ends where the next one begins") {
    CHECK(window_end(at(0), 1min) == at(60'000));
    CHECK(window_end(at(59'999), 1min) == at(60'000));
    CHECK(window_end(at(60'000), 1min) == at(120'000));
    CHECK(window_end(*parse_rfc3339("2026-11-21T20:53:04.123Z"), 1min) ==
          *parse_rfc3339("2026-11-21T20:54:00Z"));
    CHECK(window_end(*parse_rfc3339("2026-11-21T20:53:04.123Z"), std::chrono::days(1)) ==
          *parse_rfc3339("2026-11-22T00:00:00Z"));
}

TEST_CASE("moments before the epoch are in windows with negative numbers") {
    CHECK(window_index(at(-1), 1min) == -1);
    CHECK(window_index(at(-60'000), 1min) == -1);
    CHECK(window_index(at(-60'001), 1min) == -2);
    CHECK(window_end(at(-1), 1min) == at(0));
    CHECK(window_end(at(-60'000), 1min) == at(0));
    CHECK(window_end(at(-60'001), 1min) == at(-60'000));
}

TEST_CASE("every moment is inside of its window") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 5000; ++round) {
        const Duration window(draw(engine, window_min.count(), window_max.count()));
        const Timestamp time =
            at(draw<std::int64_t>(engine, -4'102'444'800'000, 4'102'444'800'000));
        const Timestamp end = window_end(time, window);
        CHECK(end > time);
        CHECK(end - window <= time);
        CHECK(end.time_since_epoch() % window == Duration{});
        CHECK(window_index(end, window) == window_index(time, window) + 1);
    }
}

}  // namespace keyledger
