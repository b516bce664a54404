#include "replication/sequencer.hpp"

#include "ledger/log/memory_log.hpp"
#include "projections/replay.hpp"
#include "projections/snapshot.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"
#include "tests/support/running_sequencer.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <numeric>
#include <utility>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

struct Fixture {
    MemoryLog log;
    TestClock clock{noon};

    Fixture() { fill(log, clock); }
};

bool is(const Answer& answer, Unavailable why) {
    return answer->has_value() && std::holds_alternative<Unavailable>(**answer) &&
           std::get<Unavailable>(**answer) == why;
}

// Does something the next time that the clock is read, which is when a command is decided.
class HookedClock final : public Clock {
public:
    Timestamp now() const override {
        if (hook) std::exchange(hook, {})();
        return noon;
    }
    mutable std::function<void()> hook;
};

std::size_t answered(const std::vector<Answer>& answers) {
    return static_cast<std::size_t>(
        std::ranges::count_if(answers, [](const Answer& answer) { return answer->has_value(); }));
}

}  // namespace

TEST_CASE("a start is in the log before it is said to have begun") {
    Fixture given;
    RunningSequencer running(given.log, given.clock);
    running.commits.hold();
    running.run_ready();
    CHECK(running.commits.batch_sizes == std::vector<std::size_t>{1});
    CHECK_FALSE(running.started);
    running.commits.release();
    REQUIRE(running.run_until([&] { return running.started; }));
    const auto started = std::get<LedgerStarted>(events_of(given.log).back().body);
    CHECK(started == LedgerStarted{7, 1, KEYLEDGER_VERSION});
}

TEST_CASE("commands are answered in the order in which they came, which is that of their events") {
    Fixture given;
    RunningSequencer running(given.log, given.clock);
    running.commits.hold();
    std::vector<std::uint32_t> order;
    std::vector<Answer> answers;
    for (std::uint32_t i = 10; i < 40; ++i) {
        answers.push_back(running.submit(asked(new_key(i)), [&order, i] { order.push_back(i); }));
        if (i % 7 == 0) running.run_ready();
    }
    running.commits.release();
    REQUIRE(running.run_until([&] { return order.size() == 30; }));
    std::vector<std::uint32_t> expected(30);
    std::iota(expected.begin(), expected.end(), 10U);
    CHECK(order == expected);
    std::uint64_t before = 0;
    for (const Answer& answer : answers) {
        const Receipt& receipt = std::get<Receipt>(**answer);
        CHECK(receipt.events == 1);
        CHECK(receipt.seq == receipt.first_seq);
        CHECK(receipt.seq > before);
        before = receipt.seq;
    }
}

TEST_CASE("nothing is seen or answered before the commit has returned") {
    Fixture given;
    RunningSequencer running(given.log, given.clock);
    REQUIRE(running.run_until([&] { return running.started; }));
    const std::uint64_t before = given.log.next_seq();
    const std::string digest = running.tables.digest();
    running.commits.hold();
    const Answer created = running.submit(asked(new_key(2)));
    const Answer refused = running.submit(asked(SuspendKey{key_id(99)}));
    const Answer nothing = running.submit(asked(ResumeKey{key_id(2)}));
    running.run_ready();
    REQUIRE(running.commits.batch_sizes.size() == 2);
    CHECK(answered({created, refused, nothing}) == 0);
    CHECK_FALSE(running.tables.find_key(key_id(2)));
    CHECK_FALSE(running.tables.find_digest(digest_of(2)));
    CHECK(running.tables.applied() == before - 1);
    CHECK(running.tables.digest() == digest);
    CHECK(given.log.next_seq() == before);

    running.commits.release();
    REQUIRE(running.run_until([&] { return answered({created, refused, nothing}) == 3; }));
    CHECK(std::get<Receipt>(**created).seq == before);
    CHECK(std::get<Rejection>(**refused).refusal == Refusal::key_not_found);
    CHECK(std::get<Receipt>(**nothing).events == 0);
    CHECK(std::get<Receipt>(**nothing).seq == before);  // it was decided on what came before it
    CHECK(running.tables.find_key(key_id(2)));
    CHECK(running.tables.applied() == before);
}

TEST_CASE("a commit that fails is told, and nobody is answered after it") {
    Fixture given;
    RunningSequencer running(given.log, given.clock);
    REQUIRE(running.run_until([&] { return running.started; }));
    const std::uint64_t before = given.log.next_seq();
    running.commits.hold();
    running.commits.fault = LogFault{"the disk is full"};
    std::vector<Answer> answers{running.submit(asked(new_key(2)))};
    running.run_ready();
    answers.push_back(running.submit(asked(new_key(3))));
    answers.push_back(running.submit(asked(SuspendKey{key_id(99)})));
    running.commits.release();
    CHECK_THROWS_WITH(running.run_until([] { return false; }), "the disk is full");
    running.run_ready();
    CHECK(answered(answers) == 0);
    CHECK(running.tables.applied() == before - 1);
    CHECK_FALSE(running.tables.find_key(key_id(2)));
    CHECK(given.log.next_seq() == before);
}

TEST_CASE("a batch ends with the command that reaches its most events or bytes") {
    Fixture given;
    const auto [settings, sizes] = GENERATE(
        std::pair(SequencerSettings{.batch_events_max = 3}, std::vector<std::size_t>{3, 3, 3, 1}),
        std::pair(SequencerSettings{.batch_bytes_max = 1}, std::vector<std::size_t>(10, 1)),
        std::pair(SequencerSettings{}, std::vector<std::size_t>{10}));
    RunningSequencer running(given.log, given.clock, settings);
    running.commits.hold();
    running.run_ready();
    std::vector<Answer> answers;
    for (std::uint32_t i = 10; i < 20; ++i) answers.push_back(running.submit(asked(new_key(i))));
    running.run_ready();
    running.commits.release();
    REQUIRE(running.run_until([&] { return answered(answers) == answers.size(); }));
    auto batches = running.commits.batch_sizes;
    batches.erase(batches.begin());  // the start
    CHECK(batches == sizes);
    for (std::size_t i = 0; i + 1 < answers.size(); ++i) {
        CHECK(std::get<Receipt>(**answers[i]).seq + 1 == std::get<Receipt>(**answers[i + 1]).seq);
    }
}

TEST_CASE("commands beyond the queue's most are refused at once, whatever a batch leaves over") {
    Fixture given;
    SequencerSettings settings;
    settings.queue_max = 5;
    settings.batch_events_max = 1;
    RunningSequencer running(given.log, given.clock, settings);
    REQUIRE(running.run_until([&] { return running.started; }));
    running.commits.hold();
    std::vector<Answer> answers{running.submit(asked(new_key(10)))};
    running.run_ready();  // in the commit: it waits no more
    for (std::uint32_t i = 11; i < 16; ++i) answers.push_back(running.submit(asked(new_key(i))));
    running.run_ready();
    CHECK(answered(answers) == 0);
    // Each batch takes one of five, so that there is room for one more each time.
    for (std::uint32_t i = 20; i < 26; ++i) {
        const Answer refused = running.submit(asked(new_key(100 + i)));
        running.run_ready();
        CHECK(is(refused, Unavailable::queue_full));
        const std::size_t batches = running.commits.batch_sizes.size();
        running.commits.release_one();
        REQUIRE(running.run_until([&] { return running.commits.batch_sizes.size() > batches; }));
        answers.push_back(running.submit(asked(new_key(i))));
        running.run_ready();
    }
    running.commits.release();
    REQUIRE(running.run_until([&] { return answered(answers) == answers.size(); }));
    for (const Answer& answer : answers) CHECK(std::holds_alternative<Receipt>(**answer));
}

TEST_CASE("commands that are being decided still count as waiting") {
    MemoryLog log;
    HookedClock clock;
    fill(log, clock);
    SequencerSettings settings;
    settings.queue_max = 5;
    settings.batch_events_max = 1;
    RunningSequencer running(log, clock, settings);
    REQUIRE(running.run_until([&] { return running.started; }));
    std::vector<Answer> answers;
    for (std::uint32_t i = 10; i < 15; ++i) answers.push_back(running.submit(asked(new_key(i))));
    boost::asio::io_context elsewhere(1);
    Answer refused;
    clock.hook = [&] {
        refused = running.submit(asked(new_key(100)), {}, elsewhere);
        elsewhere.poll();
    };
    REQUIRE(running.run_until([&] { return answered(answers) == answers.size(); }));
    REQUIRE(refused);
    CHECK(is(refused, Unavailable::queue_full));
}

TEST_CASE("the time of events never goes back, and a clock set back revives nothing") {
    Fixture given;
    RunningSequencer running(given.log, given.clock);
    CreateKey expiring = new_key(2);
    expiring.settings.expires_at = noon + 1h;
    running.receipt_of(asked(expiring));
    CHECK(running.receipt_of(asked(use_of(digest_of(2)))).use.outcome == Outcome::valid);
    given.clock.set(noon + 2h);
    running.receipt_of(asked(new_key(3)));
    given.clock.set(noon - 24h);
    CHECK(running.receipt_of(asked(use_of(digest_of(2)))).use.outcome == Outcome::expired);
    CHECK(running.receipt_of(asked(new_key(4))).time == noon + 2h);
    given.clock.set(noon + 3h);
    CHECK(running.receipt_of(asked(new_key(5))).time == noon + 3h);
    Timestamp before{};
    for (const Event& event : events_of(given.log)) {
        CHECK(event.envelope.time >= before);
        before = event.envelope.time;
    }
}

TEST_CASE("the log is told how far time has come, so that old rows can go") {
    Fixture given;
    RunningSequencer running(given.log, given.clock);
    Submission submission = asked(new_key(2));
    submission.idempotency = Idempotency{digest_of(50), digest_of(51)};
    running.receipt_of(submission);
    given.clock.advance(25h);
    running.receipt_of(asked(new_key(3)));
    REQUIRE_FALSE(given.log.compact(Family::idempotency));
    CHECK(rows_of(given.log, Family::idempotency).empty());
}

TEST_CASE("snapshots are written while events go on, and the old ones dropped") {
    Fixture given;
    SequencerSettings settings;
    settings.snapshot_every_events = 5;
    settings.snapshots_kept = 2;
    {
        RunningSequencer running(given.log, given.clock, settings);
        for (std::uint32_t i = 10; i < 60; ++i) running.receipt_of(asked(new_key(i)));
        CHECK(running.sequencer->counts().snapshots >= 5);
        REQUIRE(running.stop());
    }
    CHECK(newest_snapshot(given.log) + 2 * settings.snapshot_every_events >= given.log.next_seq());
    Tables restored, replayed;
    const RestoreResult result = restore(given.log, restored, Rebuild::if_needed);
    CHECK(result.restored.snapshot == newest_snapshot(given.log));
    MemoryLog bare;
    copy_events(given.log, bare, given.log.next_seq());
    restore(bare, replayed, Rebuild::if_needed);
    CHECK(difference(replayed, restored) == "");
}

TEST_CASE("a ledger that is often started still has its snapshots") {
    Fixture given;
    SequencerSettings settings;
    settings.snapshot_every_events = 20;
    for (std::uint32_t start = 0; start < 8; ++start) {
        RunningSequencer running(given.log, given.clock, settings);
        for (std::uint32_t i = 0; i < 3; ++i) {
            running.receipt_of(asked(new_key(100 + 10 * start + i)));
        }
        REQUIRE(running.stop());
    }
    CHECK(newest_snapshot(given.log) >= 20);
}

}  // namespace keyledger
