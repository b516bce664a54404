#include "ledger/log/memory_log.hpp"
#include "tests/support/given.hpp"
#include "tests/support/running_sequencer.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

struct Fixture {
    MemoryLog log;
    TestClock clock{noon};

    Fixture() { fill(log, clock); }
};

Submission keyed(Command command, std::uint32_t body = 1, std::uint32_t slot = 1) {
    Submission submission = asked(std::move(command));
    submission.idempotency = Idempotency{digest_of(1000 + slot), digest_of(2000 + body)};
    return submission;
}

void check_repeats(const Submitted& again, const Receipt& first) {
    REQUIRE(std::holds_alternative<Receipt>(again));
    const Receipt& receipt = std::get<Receipt>(again);
    CHECK(receipt.replayed);
    CHECK(receipt.first_seq == first.first_seq);
    CHECK(receipt.events == first.events);
    CHECK(receipt.seq == first.seq);
    CHECK(receipt.time == first.time);
}

void check_mismatch(const Submitted& answer) {
    REQUIRE(std::holds_alternative<Rejection>(answer));
    CHECK(std::get<Rejection>(answer).refusal == Refusal::idempotency_mismatch);
}

}  // namespace

TEST_CASE("a request that is repeated within its batch is answered with the same events") {
    Fixture given;
    RunningSequencer running(given.log, given.clock);
    running.commits.hold();
    running.run_ready();
    const Answer first = running.submit(keyed(new_key(2)));
    const Answer between = running.submit(asked(new_key(3)));
    const Answer again = running.submit(keyed(new_key(4)));
    const Answer other = running.submit(keyed(new_key(5), 2));
    running.commits.release();
    REQUIRE(running.run_until([&] { return other->has_value(); }));
    REQUIRE(running.commits.batch_sizes.back() == 2);
    CHECK_FALSE(std::get<Receipt>(**first).replayed);
    check_repeats(**again, std::get<Receipt>(**first));
    check_mismatch(**other);
    CHECK_FALSE(running.tables.find_key(key_id(4)));
    CHECK_FALSE(running.tables.find_key(key_id(5)));
}

TEST_CASE("a request that is repeated later, or after a start, is answered with the same events") {
    Fixture given;
    const Command import = ImportKeys{.workspace = "acme", .keys = {new_key(2), new_key(3)}};
    Receipt first;
    {
        RunningSequencer running(given.log, given.clock);
        first = running.receipt_of(keyed(import));
        CHECK(first.events == 2);
        CHECK(first.seq == first.first_seq + 1);
        given.clock.advance(1h);
        running.receipt_of(asked(new_key(4)));
        check_repeats(running.ask(keyed(import)), first);
        check_mismatch(running.ask(keyed(import, 2)));
        REQUIRE(running.stop());
    }
    RunningSequencer running(given.log, given.clock);
    check_repeats(running.ask(keyed(import)), first);
    check_mismatch(running.ask(keyed(import, 2)));
}

TEST_CASE("after a day a request is a new one, and not a moment before") {
    Fixture given;
    RunningSequencer running(given.log, given.clock);
    const Receipt first = running.receipt_of(keyed(new_key(2)));
    given.clock.set(noon + 24h - 1ms);
    check_repeats(running.ask(keyed(new_key(3))), first);
    check_mismatch(running.ask(keyed(new_key(3), 2)));
    given.clock.set(noon + 24h);
    const Receipt second = running.receipt_of(keyed(new_key(3), 2));
    CHECK_FALSE(second.replayed);
    CHECK(running.tables.find_key(key_id(3)));
    // A clock that is set back brings the old one not back.
    given.clock.set(noon);
    check_repeats(running.ask(keyed(new_key(4), 2)), second);
    check_mismatch(running.ask(keyed(new_key(4), 1)));
}

TEST_CASE("a request that was refused, or had nothing to do, is decided anew") {
    Fixture given;
    RunningSequencer running(given.log, given.clock);
    const Submitted refused = running.ask(keyed(SuspendKey{key_id(2)}));
    CHECK(std::get<Rejection>(refused).refusal == Refusal::key_not_found);
    const Receipt nothing = running.receipt_of(keyed(ResumeKey{key_id(1)}, 1, 2));
    CHECK(nothing.events == 0);
    running.receipt_of(asked(new_key(2)));
    const Receipt now = running.receipt_of(keyed(SuspendKey{key_id(2)}));
    CHECK_FALSE(now.replayed);
    CHECK(now.events == 1);
    running.receipt_of(asked(SuspendKey{key_id(1)}));
    CHECK(running.receipt_of(keyed(ResumeKey{key_id(1)}, 1, 2)).events == 1);
}

TEST_CASE("other slots have nothing to do with each other") {
    Fixture given;
    RunningSequencer running(given.log, given.clock);
    const Receipt first = running.receipt_of(keyed(new_key(2), 1, 1));
    const Receipt second = running.receipt_of(keyed(new_key(3), 1, 2));
    CHECK(second.seq > first.seq);
    check_repeats(running.ask(keyed(new_key(4), 1, 1)), first);
    check_repeats(running.ask(keyed(new_key(4), 1, 2)), second);
}

}  // namespace keyledger
