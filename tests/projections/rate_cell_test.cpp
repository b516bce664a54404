#include "projections/rate_cell.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

// A moment on the edge of windows of a second, a minute and an hour.
constexpr Timestamp edge{Duration(1'800'000'000'000)};

std::size_t take_all(RateCell& cell, const RateLimit& limit, Timestamp now) {
    std::size_t taken = 0;
    while (cell.take(limit, now)) ++taken;
    return taken;
}

}  // namespace

TEST_CASE("a window gives as many places as its limit, and says how many are left") {
    const RateLimit limit{.limit = 3, .window = 1s};
    RateCell cell;
    CHECK(cell.remaining(limit, edge) == 3);
    CHECK(cell.open(limit, edge));
    CHECK(cell.take(limit, edge) == 2U);
    CHECK(cell.take(limit, edge + 999ms) == 1U);
    CHECK(cell.remaining(limit, edge) == 1);
    CHECK(cell.take(limit, edge) == 0U);
    CHECK_FALSE(cell.take(limit, edge));
    CHECK_FALSE(cell.open(limit, edge + 999ms));
    CHECK(cell.remaining(limit, edge) == 0);
}

TEST_CASE("the next window begins on its edge, with all its places") {
    const RateLimit limit{.limit = 2, .window = 1min};
    RateCell cell;
    CHECK(take_all(cell, limit, edge + 59'999ms) == 2);
    CHECK(cell.open(limit, edge + 1min));
    CHECK(take_all(cell, limit, edge + 1min) == 2);
    CHECK(take_all(cell, limit, edge + 1h) == 2);
}

TEST_CASE("a thread whose clock reads a little earlier counts in the newer window") {
    const RateLimit limit{.limit = 3, .window = 1s};
    RateCell cell;
    CHECK(cell.take(limit, edge));
    CHECK(cell.remaining(limit, edge - 1ms) == 2);
    CHECK(cell.take(limit, edge - 1ms));
    CHECK(cell.take(limit, edge - 1s));
    CHECK_FALSE(cell.take(limit, edge - 1ms));
    CHECK_FALSE(cell.take(limit, edge));
}

TEST_CASE("a limit that was lowered holds at once, and one that was raised too") {
    RateCell cell;
    CHECK(take_all(cell, {.limit = 5, .window = 1s}, edge) == 5);
    CHECK(cell.remaining({.limit = 2, .window = 1s}, edge) == 0);
    CHECK_FALSE(cell.take({.limit = 2, .window = 1s}, edge));
    CHECK(take_all(cell, {.limit = 7, .window = 1s}, edge) == 2);
}

TEST_CASE("after windows of another length counting starts anew") {
    RateCell cell;
    CHECK(take_all(cell, {.limit = 2, .window = 1s}, edge) == 2);
    CHECK(take_all(cell, {.limit = 2, .window = 1h}, edge) == 2);
    CHECK(take_all(cell, {.limit = 2, .window = 1s}, edge) == 2);
}

TEST_CASE("what others counted takes places in its window alone") {
    const RateLimit limit{.limit = 10, .window = 1s};
    RateCell cell;
    cell.add(4, limit, edge);
    CHECK(cell.remaining(limit, edge) == 6);
    CHECK(cell.take(limit, edge));
    cell.add(3, limit, edge + 500ms);
    CHECK(cell.remaining(limit, edge) == 2);
    cell.add(9, limit, edge - 1s);  // told late
    CHECK(cell.remaining(limit, edge) == 2);
    cell.add(1, limit, edge + 1s);
    CHECK(cell.remaining(limit, edge + 1s) == 9);
}

TEST_CASE("what others counted is kept after windows of another length") {
    RateCell cell;
    cell.add(4, {.limit = 10, .window = 1s}, edge);
    cell.add(4, {.limit = 10, .window = 24h}, edge);
    CHECK(cell.remaining({.limit = 10, .window = 24h}, edge) == 6);
    cell.add(3, {.limit = 10, .window = 1s}, edge);
    CHECK(cell.remaining({.limit = 10, .window = 1s}, edge) == 7);
}

TEST_CASE("more than a cell can count leaves nothing, and does not begin anew") {
    const RateLimit limit{.limit = rate_limit_max, .window = 1h};
    RateCell cell;
    cell.add(0xffff'ffff, limit, edge);
    cell.add(0xffff'ffff, limit, edge);
    CHECK(cell.remaining(limit, edge) == 0);
    CHECK_FALSE(cell.take(limit, edge));
}

TEST_CASE("a cell goes on from its bits") {
    const RateLimit limit{.limit = 3, .window = 1s};
    RateCell cell, restored;
    CHECK(cell.take(limit, edge));
    restored.restore(cell.bits());
    CHECK(restored.remaining(limit, edge) == 2);
    CHECK(take_all(restored, limit, edge) == 2);
}

TEST_CASE("many threads together take exactly the limit in each window") {
    constexpr std::uint32_t most = 500;
    const RateLimit limit{.limit = most, .window = 1s};
    RateCell cell;
    for (int window = 0; window < 20; ++window) {
        const Timestamp now = edge + std::chrono::seconds(window);
        std::atomic<std::uint32_t> taken = 0, left_sum = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                // One of them has a clock that is a little late.
                const Timestamp own = window > 0 && i == 0 ? now - 1ms : now;
                if (i == 0 && window > 0) {
                    while (taken == 0) std::this_thread::yield();
                }
                while (const auto left = cell.take(limit, own)) {
                    ++taken;
                    left_sum += *left;
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
        REQUIRE(taken == most);
        // Each place was given once: 0, 1, ..., most - 1 were left.
        REQUIRE(left_sum == most * (most - 1) / 2);
    }
}

}  // namespace keyledger
