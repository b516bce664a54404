// Reads of the history, stated by the sequencer in the name of who read.

#include "ledger/log/memory_log.hpp"
#include "tests/support/given.hpp"
#include "tests/support/running_sequencer.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

HistoryRead read_of(std::string route) {
    HistoryRead read;
    read.route = std::move(route);
    return read;
}

std::vector<Event> reads_in(const EventLog& log) {
    std::vector<Event> reads = events_of(log);
    std::erase_if(
        reads, [](const Event& event) { return !std::holds_alternative<HistoryRead>(event.body); });
    return reads;
}

}  // namespace

TEST_CASE("a read is an event soon after it, and an idle ledger grows no further") {
    MemoryLog log;
    TestClock clock(noon);
    fill(log, clock);
    RunningSequencer running(log, clock, {.flush_interval = 10ms});
    REQUIRE(running.run_until([&] { return running.started; }));
    const Actor reader{.kind = ActorKind::admin_key, .id = key_id(1), .address = "192.0.2.7"};
    running.sequencer->reads().note(reader, read_of("/v1/events"), noon);
    REQUIRE(running.run_until([&] { return reads_in(log).size() == 1; }));
    const Event stated = reads_in(log).front();
    CHECK(stated.envelope.actor == reader);
    CHECK(stated.envelope.stream == Stream{.kind = StreamKind::audit, .key = {}});
    CHECK(std::get<HistoryRead>(stated.body).count == 1);

    // Who sees that event reads again: it is counted, and stated when the hour is over.
    for (std::uint64_t i = 1; i <= 5; ++i) {
        running.sequencer->reads().note(reader, read_of("/v1/events"), noon);
        running.count(key_id(1), noon);  // so that it shows when a flush is over
        REQUIRE(running.run_until(
            [&] { return running.tables.find_key(key_id(1))->use.load()->total == i; }));
    }
    CHECK(reads_in(log).size() == 1);
    clock.advance(1h);
    REQUIRE(running.run_until([&] { return reads_in(log).size() == 2; }));
    CHECK(std::get<HistoryRead>(reads_in(log).back().body).count == 5);
    CHECK(running.stop());
}

TEST_CASE("a stop states what was read, before it says that it stopped") {
    MemoryLog log;
    TestClock clock(noon);
    fill(log, clock);
    RunningSequencer running(log, clock, {.flush_interval = 1h});
    REQUIRE(running.run_until([&] { return running.started; }));
    const Actor reader{.kind = ActorKind::admin_key, .id = key_id(1), .address = {}};
    running.sequencer->reads().note(reader, read_of("/v1/access"), noon);
    CHECK(running.stop());
    const std::vector<Event> events = events_of(log);
    REQUIRE(events.size() >= 2);
    CHECK(std::holds_alternative<HistoryRead>(events[events.size() - 2].body));
    CHECK(std::holds_alternative<LedgerStopped>(events.back().body));
}

}  // namespace keyledger
