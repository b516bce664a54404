#include "projections/replay.hpp"

#include "projections/index_rows.hpp"
#include "projections/snapshot.hpp"
#include "tests/support/altered_log.hpp"
#include "tests/support/forwarding_log.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <functional>

namespace keyledger {

namespace {

constexpr std::size_t steps = 150;

void put_snapshot(EventLog& log, const Tables& tables) {
    SnapshotWriter writer(tables);
    while (const auto row = writer.next()) REQUIRE_FALSE(log.put({*row}));
}

void check_derived_rows(const EventLog& live, const EventLog& made) {
    for (const Family family : derived_families) {
        const auto expected = rows_of(live, family);
        REQUIRE_FALSE(expected.empty());
        CHECK(rows_of(made, family) == expected);
    }
}

// Stops writing in the middle, as a crash does: what was written before stays.
class CrashingLog final : public ForwardingLog {
public:
    CrashingLog(EventLog& log, int writes) : ForwardingLog(log), left_(writes) {}

    std::optional<LogFault> put(const std::vector<Row>& rows) override {
        if (auto fault = crash()) return fault;
        return ForwardingLog::put(rows);
    }
    std::optional<LogFault> ingest(const std::function<void(const RowSink& sink)>& rows) override {
        if (auto fault = crash()) return fault;
        return ForwardingLog::ingest(rows);
    }
    std::optional<LogFault> clear(Family family) override {
        if (auto fault = crash()) return fault;
        return ForwardingLog::clear(family);
    }

private:
    std::optional<LogFault> crash() {
        if (left_-- > 0) return {};
        return LogFault{"no more"};
    }
    int left_;
};

class FailingCursor final : public EventCursor {
public:
    FailingCursor(std::unique_ptr<EventCursor> cursor, int items)
        : cursor_(std::move(cursor)), left_(items) {}
    std::optional<Item> next() override {
        if (left_-- > 0) return cursor_->next();
        fault_ = LogFault{"unreadable"};
        return {};
    }
    const std::optional<LogFault>& fault() const override { return fault_; }

private:
    std::unique_ptr<EventCursor> cursor_;
    int left_;
    std::optional<LogFault> fault_;
};

class UnreadableLog final : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    std::unique_ptr<EventCursor> scan(std::uint64_t seq) const override {
        return std::make_unique<FailingCursor>(ForwardingLog::scan(seq), 5);
    }
};

class TimedLog final : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    void set_ledger_time(Timestamp time) override { told = time; }
    Timestamp told{};
};

}  // namespace

TEST_CASE("live, by replay, from a snapshot and made anew: the tables and rows are the same") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    for (std::uint64_t round = 0; round < 5; ++round) {
        RandomHistory live(seed + round);
        live.steps(steps);
        const std::uint64_t middle = live.log.next_seq();
        put_snapshot(live.log, live.tables);
        live.steps(steps);
        const std::uint64_t end = live.log.next_seq();
        REQUIRE_FALSE(write_use_rows(live.log, live.tables.use_tail()));

        Tables from_snapshot;
        const RestoreResult tail = restore(live.log, from_snapshot, Rebuild::if_needed);
        CHECK(tail.restored.snapshot == middle);
        CHECK(tail.restored.replayed == end - middle);
        CHECK(difference(live.tables, from_snapshot) == "");

        MemoryLog bare;
        copy_events(live.log, bare, end);
        Tables replayed;
        const RestoreResult all = restore(bare, replayed, Rebuild::if_needed);
        CHECK(all.restored.snapshot == 0);
        CHECK(all.restored.replayed == end);
        CHECK(difference(live.tables, replayed) == "");

        Tables rebuilt;
        const RestoreResult anew = restore(bare, rebuilt, Rebuild::always);
        CHECK(anew.restored.replayed == end);
        CHECK(difference(live.tables, rebuilt) == "");
        check_derived_rows(live.log, bare);
    }
}

TEST_CASE("what is made anew replaces the rows and snapshots that were there") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory live(seed);
    live.steps(steps);
    REQUIRE_FALSE(write_use_rows(live.log, live.tables.use_tail()));
    MemoryLog log;
    copy_events(live.log, log, live.log.next_seq());
    put_snapshot(log, live.tables);
    for (const Family family : derived_families) {
        const auto rows = rows_of(live.log, family);
        REQUIRE_FALSE(log.put({{family, rows.front().first, rows.front().second},
                               {family, std::string(40, 'x'), "stray"}}));
    }
    Tables rebuilt;
    const RestoreResult result = restore(log, rebuilt, Rebuild::always);
    CHECK(result.restored.snapshot == 0);
    check_derived_rows(live.log, log);
    CHECK(rows_of(log, Family::snapshots).empty());
}

TEST_CASE("a crash while all is made anew is noticed, and the next start does it again") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory live(seed);
    live.steps(steps);
    REQUIRE_FALSE(write_use_rows(live.log, live.tables.use_tail()));
    const auto total = live.log.next_seq();
    int writes = 0;
    for (bool finished = false; !finished; ++writes) {
        MemoryLog log;
        copy_events(live.log, log, total);
        for (const Family family : derived_families) {
            for (const auto& [key, value] : rows_of(live.log, family)) {
                REQUIRE_FALSE(log.put({{family, key, value}}));
            }
        }
        REQUIRE_FALSE(log.put({use_rows_end_row(use_rows_end(live.log))}));
        put_snapshot(log, live.tables);
        CrashingLog crashing(log, writes);
        Tables interrupted;
        finished = !restore(crashing, interrupted, Rebuild::always).fault;

        Tables restored;
        const RestoreResult result = restore(log, restored, Rebuild::if_needed);
        REQUIRE_FALSE(result.fault);
        REQUIRE(difference(live.tables, restored) == "");
        check_derived_rows(live.log, log);
        const std::uint64_t replayed = writes == 0 ? 0 : total;
        REQUIRE(result.restored.replayed == replayed);
        // Once it is whole it is not done a third time.
        put_snapshot(log, restored);
        Tables third;
        REQUIRE(restore(log, third, Rebuild::if_needed).restored.replayed == 0);
    }
    CHECK(writes >= 8);  // the mark, five families, the rows, those of uses
}

TEST_CASE("a fault of the log ends a start, and is told") {
    RandomHistory live(1);
    live.steps(20);
    UnreadableLog unreadable(live.log);
    Tables tables;
    const RestoreResult result = restore(unreadable, tables, Rebuild::if_needed);
    REQUIRE(result.fault);
    CHECK(result.fault->what == "unreadable");
    CHECK_FALSE(result.damage);
}

TEST_CASE("the log is told how far time has come") {
    RandomHistory live(1);
    live.steps(20);
    TimedLog timed(live.log);
    Tables tables;
    restore(timed, tables, Rebuild::if_needed);
    CHECK(timed.told == live.tables.ledger_time());
}

TEST_CASE("an empty log makes empty tables") {
    MemoryLog log;
    Tables tables;
    for (const Rebuild rebuild : {Rebuild::if_needed, Rebuild::always}) {
        const RestoreResult result = restore(log, tables, rebuild);
        CHECK_FALSE(result.fault);
        CHECK_FALSE(result.damage);
        CHECK(result.restored.replayed == 0);
    }
    CHECK(tables.next_seq() == 0);
}

// The event, with another id: it continues its stream as well as the right one does.
StoredEvent with_other_id(const EventLog& log, std::uint64_t seq) {
    const std::optional<StoredEvent> stored = log.read(seq);
    auto event = decode(stored->leaf, stored->personal);
    REQUIRE(event);
    event->envelope.id.back() ^= 1;
    SeededRandom salts(1);
    return encode(*event, salts);
}

TEST_CASE("an event that is not the one which the tree beside it was made of is not replayed") {
    RandomHistory live(1);
    // Behind the last full tile stands the hash of one event alone, and before it that of two.
    while (live.log.next_seq() < 600 || live.log.next_seq() % 4 != 3) live.steps(1);
    const std::uint64_t size = live.log.next_seq();
    const std::string other = "is not the one that the tree beside the events was made of";
    struct Case {
        std::uint64_t altered, found;
        std::string what;
    };
    for (const auto& [altered, found, what] :
         {Case{511, 511, other}, Case{size - 1, size - 1, other},
          Case{size - 2, size - 3, "or one of the 1 after it " + other}}) {
        CAPTURE(altered);
        AlteredLog log(live.log, altered, with_other_id(live.log, altered));
        Tables tables;
        const RestoreResult result = restore(log, tables, Rebuild::never);
        REQUIRE(result.damage);
        CHECK(result.damage->seq == found);
        CHECK(result.damage->what == what);
        Tables before;
        REQUIRE_FALSE(problem_of(replay(live.log, before, found)));
        CHECK(tables.applied() == found - 1);
        CHECK(difference(tables, before) == "");
    }
    Tables whole;
    CHECK_FALSE(problem_of(restore(live.log, whole, Rebuild::never)));
}

}  // namespace keyledger
