// What the sequencer does with uses: flushes, starts and stops.

#include "ledger/log/memory_log.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"
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

// No flush of its own accord.
SequencerSettings quiet() {
    SequencerSettings settings;
    settings.flush_interval = 24h;
    return settings;
}

SequencerSettings quick() {
    SequencerSettings settings;
    settings.flush_interval = 2ms;
    return settings;
}

std::uint64_t total_of(const RunningSequencer& running, std::uint32_t key = 1) {
    return running.tables.find_key(key_id(key))->use.load()->total;
}

std::uint64_t counted_in(const EventLog& log) {
    std::uint64_t counted = 0;
    for (const Event& event : events_of(log)) {
        const auto* used = std::get_if<KeysUsed>(&event.body);
        if (!used) continue;
        for (const UseRow& row : used->rows) counted += row.count;
    }
    return counted;
}

template <class Body>
std::vector<Body> all_of(const EventLog& log) {
    std::vector<Body> found;
    for (const Event& event : events_of(log)) {
        if (const auto* body = std::get_if<Body>(&event.body)) found.push_back(*body);
    }
    return found;
}

Submission flushed(FlushTag tag, std::uint32_t count) {
    UseRow row;
    row.key = key_id(1);
    row.count = count;
    row.first = row.last = noon;
    return asked(RecordUses{tag, {row}});
}

}  // namespace

TEST_CASE("uses are flushed by themselves, each once, and no two flushes are on their way") {
    Fixture given;
    RunningSequencer running(given.log, given.clock, quick());
    REQUIRE(running.run_until([&] { return running.started; }));
    running.count(key_id(1), noon, 5);
    REQUIRE(running.run_until([&] { return total_of(running) == 5; }));
    running.commits.hold();
    running.count(key_id(1), noon, 2);
    const std::size_t batches = running.commits.batch_sizes.size();
    REQUIRE(running.run_until([&] { return running.commits.batch_sizes.size() > batches; }));
    running.count(key_id(1), noon, 4);
    const auto later = std::chrono::steady_clock::now() + 50ms;
    REQUIRE(running.run_until([&] { return std::chrono::steady_clock::now() > later; }));
    CHECK(running.commits.batch_sizes.size() == batches + 1);
    running.commits.release();
    REQUIRE(running.run_until([&] { return total_of(running) == 11; }));
    const auto flushes = all_of<KeysUsed>(given.log);
    REQUIRE(flushes.size() == 3);
    for (std::uint64_t i = 0; i < 3; ++i) {
        CHECK(flushes[i].flush == FlushTag{.node = 7, .boot = 1, .number = i + 1});
    }
    CHECK(flushes[2].rows.front().count == 4);
}

TEST_CASE("a stop flushes all uses, and is the last event") {
    Fixture given;
    RunningSequencer running(given.log, given.clock, quiet());
    REQUIRE(running.run_until([&] { return running.started; }));
    running.commits.hold();
    const Answer accepted = running.submit(asked(new_key(2)));
    running.run_ready();
    running.count(key_id(1), noon, 3);
    running.sequencer->stop();
    running.sequencer->stop();
    const Answer refused = running.submit(asked(new_key(3)));
    running.run_ready();
    REQUIRE(refused->has_value());
    CHECK(std::get<Unavailable>(**refused) == Unavailable::stopping);
    running.count(key_id(1), noon, 4);  // answered while the stop is on its way
    running.commits.release();
    REQUIRE(running.run_until([&] { return running.context.stopped(); }));
    CHECK(std::holds_alternative<Receipt>(**accepted));
    CHECK(counted_in(given.log) == 7);
    CHECK(all_of<LedgerStopped>(given.log) == std::vector{LedgerStopped{7, 1}});
    CHECK(std::holds_alternative<LedgerStopped>(events_of(given.log).back().body));
    CHECK(running.tables.runs().at(7).stopped);

    running.context.restart();
    const Answer late = running.submit(asked(new_key(4)));
    running.run_ready();
    REQUIRE(late->has_value());
    CHECK(std::get<Unavailable>(**late) == Unavailable::stopping);
}

TEST_CASE("a stop that is asked for twice is one stop") {
    Fixture given;
    RunningSequencer running(given.log, given.clock, quiet());
    REQUIRE(running.run_until([&] { return running.started; }));
    running.sequencer->stop();
    running.sequencer->stop();
    REQUIRE(running.run_until([&] { return running.context.stopped(); }));
    CHECK(all_of<LedgerStopped>(given.log).size() == 1);
}

TEST_CASE("a stop while a flush is on its way waits for it, and flushes what came after") {
    Fixture given;
    RunningSequencer running(given.log, given.clock, quick());
    REQUIRE(running.run_until([&] { return running.started; }));
    running.commits.hold();
    running.count(key_id(1), noon, 3);
    const std::size_t batches = running.commits.batch_sizes.size();
    REQUIRE(running.run_until([&] { return running.commits.batch_sizes.size() > batches; }));
    running.count(key_id(1), noon, 4);
    running.sequencer->stop();
    running.run_ready();
    running.commits.release();
    REQUIRE(running.run_until([&] { return running.context.stopped(); }));
    CHECK(counted_in(given.log) == 7);
    CHECK(all_of<LedgerStopped>(given.log).size() == 1);
    CHECK(std::holds_alternative<LedgerStopped>(events_of(given.log).back().body));
}

TEST_CASE("commands that were taken are done before a stop, in however many batches") {
    Fixture given;
    SequencerSettings settings = quiet();
    settings.batch_events_max = 2;
    RunningSequencer running(given.log, given.clock, settings);
    running.commits.hold();
    running.run_ready();
    std::vector<Answer> answers;
    for (std::uint32_t i = 10; i < 21; ++i) answers.push_back(running.submit(asked(new_key(i))));
    running.run_ready();
    running.commits.release();
    REQUIRE(running.stop());
    for (const Answer& answer : answers) CHECK(std::holds_alternative<Receipt>(answer->value()));
    CHECK(std::holds_alternative<LedgerStopped>(events_of(given.log).back().body));
}

TEST_CASE("after an unclean stop the next start says which uses may be missing") {
    Fixture given;
    SequencerSettings settings = quiet();
    settings.flush_interval = 100ms;
    {
        RunningSequencer running(given.log, given.clock, settings);
        REQUIRE(running.run_until([&] { return running.started; }));
        running.count(key_id(1), noon + 3s);
        given.clock.set(noon + 5s);
        REQUIRE(running.run_until([&] { return total_of(running) == 1; }));
    }
    given.clock.set(noon + 1h);
    const std::uint64_t killed = given.log.next_seq();
    RunningSequencer running(given.log, given.clock, settings);
    REQUIRE(running.run_until([&] { return running.started; }));
    const auto events = events_of(given.log, killed);
    REQUIRE(events.size() == 2);
    const UsageGap gap = std::get<UsageGap>(events[0].body);
    CHECK(gap.node == 7);
    CHECK(gap.boot == 1);
    // The flush was committed two seconds after what it told of was counted: what was counted
    // meanwhile may be missing too.
    CHECK(gap.from == noon + 3s - settings.flush_interval);
    CHECK(gap.until == noon + 1h);
    CHECK(std::get<LedgerStarted>(events[1].body).boot == 2);
}

TEST_CASE("a gap does not end before it begins, though the clock was set back") {
    Fixture given;
    {
        RunningSequencer running(given.log, given.clock, quick());
        REQUIRE(running.run_until([&] { return running.started; }));
        running.count(key_id(1), noon + 1h);
        REQUIRE(running.run_until([&] { return total_of(running) == 1; }));
    }
    RunningSequencer running(given.log, given.clock, quick());
    REQUIRE(running.run_until([&] { return running.started; }));
    const auto gaps = all_of<UsageGap>(given.log);
    REQUIRE(gaps.size() == 1);
    CHECK(gaps[0].from <= gaps[0].until);
    CHECK(gaps[0].until == noon);
}

TEST_CASE("after a clean stop there is no gap, and each start has a number of its own") {
    Fixture given;
    for (std::uint64_t boot = 1; boot <= 3; ++boot) {
        RunningSequencer running(given.log, given.clock, quiet());
        running.count(key_id(1), noon);
        REQUIRE(running.stop());
        CHECK(running.tables.runs().at(7).boot == boot);
    }
    CHECK(all_of<UsageGap>(given.log).empty());
    CHECK(all_of<LedgerStarted>(given.log).size() == 3);
    CHECK(counted_in(given.log) == 3);
}

TEST_CASE("a flush that comes again is not counted again") {
    Fixture given;
    RunningSequencer running(given.log, given.clock, quiet());
    running.receipt_of(asked(RecordStart{{9, 4, "1"}}));
    CHECK(running.receipt_of(flushed({9, 4, 1}, 5)).events == 1);
    CHECK(running.receipt_of(flushed({9, 4, 1}, 5)).events == 0);
    running.commits.hold();
    const Answer first = running.submit(flushed({9, 4, 2}, 3));
    const Answer again = running.submit(flushed({9, 4, 2}, 3));
    const Answer earlier = running.submit(flushed({9, 4, 1}, 5));
    running.commits.release();
    REQUIRE(running.run_until([&] { return earlier->has_value(); }));
    CHECK(std::get<Receipt>(**first).events == 1);
    CHECK(std::get<Receipt>(**again).events == 0);
    CHECK(std::get<Receipt>(**earlier).events == 0);
    CHECK(total_of(running) == 8);
    running.receipt_of(asked(RecordStart{{9, 5, "1"}}));
    CHECK(running.receipt_of(flushed({9, 4, 3}, 5)).events == 0);  // of a start whose gap is stated
    CHECK(running.receipt_of(flushed({9, 5, 1}, 2)).events == 1);
    CHECK(total_of(running) == 10);
}

TEST_CASE("a rate window goes on after a start, and counts nothing twice while one runs") {
    Fixture given;
    CreateKey limited = new_key(2);
    const RateLimit limit{.limit = 10, .window = 1h};
    limited.settings.rate_limit = limit;
    const auto left = [&](const RunningSequencer& running) {
        return running.tables.find_key(key_id(2))->rate.remaining(limit, noon);
    };
    {
        RunningSequencer running(given.log, given.clock, quiet());
        running.receipt_of(asked(limited));
        for (int i = 0; i < 3; ++i) running.receipt_of(asked(use_of(digest_of(2))));
        CHECK(left(running) == 7);
        REQUIRE(running.stop());
    }
    RunningSequencer running(given.log, given.clock, quiet());
    CHECK(left(running) == 7);
    for (int i = 0; i < 7; ++i) {
        CHECK(running.receipt_of(asked(use_of(digest_of(2)))).use.outcome == Outcome::valid);
    }
    CHECK(running.receipt_of(asked(use_of(digest_of(2)))).use.outcome == Outcome::rate_limited);
}

TEST_CASE("uses with the longest texts, and very many of one key, find room in the log") {
    Fixture given;
    const auto detail = GENERATE(UsageDetail::folded, UsageDetail::each);
    RunningSequencer running(given.log, given.clock, quiet(), detail);
    REQUIRE(running.run_until([&] { return running.started; }));
    const Address address = *parse_address("2001:db8::1");
    for (std::uint32_t i = 0; i < 1500; ++i) {
        std::string scope = std::to_string(i % 30);
        scope.resize(100 * 129, 's');
        const std::string resource = "kind/" + std::string(260, 'r');
        CountedUse use;
        use.key = running.tables.find_key(key_id(1));
        use.time = noon;
        use.scope = scope;
        use.resource = resource;
        use.address = &address;
        running.uses.count(0, use);
    }
    REQUIRE(running.stop());
    CHECK(counted_in(given.log) == 1500);
    CHECK(total_of(running) == 1500);
}

}  // namespace keyledger
