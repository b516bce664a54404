#include "replication/applied_signal.hpp"

#include "tests/support/given.hpp"
#include "tests/support/poll.hpp"
#include "tests/support/random_history.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <exception>
#include <thread>

namespace keyledger {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds long_time{test_patience};

void rethrow(std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> wait_into(AppliedSignal& signal, std::uint64_t seq,
                                std::chrono::milliseconds timeout, std::optional<bool>& result) {
    result = co_await signal.wait(seq, timeout);
}

// A ledger whose events come when the test wants them.
struct Fixture {
    RandomHistory history{1};
    AppliedSignal signal{history.tables};
    asio::io_context context{1};

    std::uint64_t applied() const { return history.tables.applied(); }
    void one_event() {
        history.commit({asked(RecordGap{})});
        signal.notify();
    }
    std::optional<bool>& wait(std::uint64_t seq, std::chrono::milliseconds timeout,
                              std::optional<bool>& result) {
        asio::co_spawn(context, wait_into(signal, seq, timeout, result), rethrow);
        context.poll();
        return result;
    }
};

}  // namespace

TEST_CASE("a wait for what is applied already ends at once") {
    Fixture given;
    std::optional<bool> result;
    CHECK(given.wait(given.applied(), long_time, result) == true);
}

TEST_CASE("a wait ends with the event, and not with one before it") {
    Fixture given;
    std::optional<bool> early, late;
    const std::uint64_t now = given.applied();
    given.wait(now + 1, long_time, early);
    given.wait(now + 2, long_time, late);
    CHECK_FALSE(early);
    given.one_event();
    given.context.poll();
    CHECK(early == true);
    CHECK_FALSE(late);
    given.one_event();
    given.context.poll();
    CHECK(late == true);
}

TEST_CASE("a wait for what does not come ends with its time") {
    Fixture given;
    std::optional<bool> result;
    const auto began = std::chrono::steady_clock::now();
    given.wait(given.applied() + 1, 20ms, result);
    given.one_event();  // counts, though nobody has looked at it when the time is over
    std::optional<bool> never;
    given.wait(given.applied() + 1, 20ms, never);
    given.context.restart();
    given.context.run();
    CHECK(result == true);
    CHECK(never == false);
    CHECK(std::chrono::steady_clock::now() - began >= 20ms);
}

TEST_CASE("a stop ends all waits, and those to come") {
    Fixture given;
    std::optional<bool> waiting, later, applied;
    given.wait(given.applied() + 1, long_time, waiting);
    CHECK_FALSE(given.signal.stopped());
    given.signal.stop();
    CHECK(given.signal.stopped());
    given.context.poll();
    CHECK(waiting == false);
    given.context.restart();
    CHECK(given.wait(given.applied() + 1, long_time, later) == false);
    given.context.restart();
    CHECK(given.wait(given.applied(), long_time, applied) == true);
}

TEST_CASE("a wait whose thread ends in the middle of it does no harm") {
    Fixture given;
    std::optional<bool> result;
    {
        asio::io_context gone(1);
        asio::co_spawn(gone, wait_into(given.signal, given.applied() + 1, long_time, result),
                       rethrow);
        asio::co_spawn(gone, wait_into(given.signal, given.applied() + 2, long_time, result),
                       rethrow);
        gone.poll();
        given.one_event();  // one of them has been woken, and does not get to run
    }
    given.one_event();
    given.signal.stop();
    CHECK_FALSE(result);
}

namespace {

// Waits for each event in turn, and says how far it has come.
asio::awaitable<void> follow(AppliedSignal& signal, std::uint64_t first, std::uint64_t last,
                             std::atomic<std::uint64_t>& reached, std::atomic<int>& wrong) {
    for (std::uint64_t seq = first; seq <= last; ++seq) {
        const auto began = std::chrono::steady_clock::now();
        const bool came = co_await signal.wait(seq, long_time);
        wrong += came ? 0 : 1;
        // One that is woken by its time alone was lost.
        wrong += std::chrono::steady_clock::now() - began < long_time / 2 ? 0 : 1;
        reached = seq;
    }
}

}  // namespace

TEST_CASE("no wake-up is lost between threads") {
    constexpr std::uint64_t rounds = 3000;
    constexpr std::size_t followers = 2;
    Fixture given;
    const std::uint64_t first = given.applied() + 1;
    std::array<std::atomic<std::uint64_t>, followers> reached{};
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < followers; ++i) {
        threads.emplace_back([&, i] {
            asio::io_context context(1);
            asio::co_spawn(context,
                           follow(given.signal, first, first + rounds - 1, reached[i], wrong),
                           rethrow);
            context.run();
        });
    }
    for (std::uint64_t seq = first; seq < first + rounds; ++seq) {
        given.one_event();
        // Now and then all wait for the next one when it comes; else it comes at any moment.
        if (seq % 2 == 0) continue;
        for (const auto& each : reached) {
            while (each < seq) std::this_thread::yield();
        }
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
}

}  // namespace keyledger
