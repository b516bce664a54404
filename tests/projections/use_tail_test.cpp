#include "projections/use_tail.hpp"

#include "projections/history.hpp"
#include "projections/index_rows.hpp"
#include "projections/replay.hpp"
#include "projections/snapshot.hpp"
#include "tests/support/forwarding_log.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <limits>
#include <map>
#include <thread>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

UseRow use_row(std::uint32_t key, std::uint32_t count, Timestamp last = noon,
               Outcome outcome = Outcome::valid) {
    UseRow row;
    row.key = key_id(key);
    row.outcome = outcome;
    row.count = count;
    row.first = row.last = last;
    return row;
}

KeysUsed uses_of(std::vector<UseRow> rows) {
    return {{7, 1, 1}, std::move(rows)};
}

std::vector<std::uint64_t> seqs_in(const UseTail& tail) {
    std::vector<std::uint64_t> seqs;
    for (const auto& block : tail.blocks()) {
        for (const RecordedUse& use : *block) seqs.push_back(use.seq);
    }
    return seqs;
}

using Totals = std::map<KeyId, std::uint64_t>;

// How often each key was checked, by the events.
Totals totals_by_events(const EventLog& log) {
    Totals totals;
    const auto cursor = log.scan(0);
    while (const auto item = cursor->next()) {
        const std::optional<Event> event = decode(item->leaf, item->personal);
        REQUIRE(event);
        const auto* used = std::get_if<KeysUsed>(&event->body);
        if (!used) continue;
        for (const UseRow& row : used->rows) totals[row.key] += row.count;
    }
    return totals;
}

Totals totals_by_usage(const History& history, const std::vector<KeyId>& keys, BucketWidth width) {
    Totals totals;
    for (const KeyId& key : keys) {
        const Timestamp long_ago = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
        const Timestamp far = std::chrono::sys_days(std::chrono::year(9999) / 1 / 1);
        for (const auto& [start, counts] : history.usage(key, width, long_ago, far, 1'000'000)) {
            for (const std::uint64_t count : counts.by_outcome) totals[key] += count;
        }
    }
    return totals;
}

void check_usage(const EventLog& log, const Tables& tables, const std::vector<KeyId>& keys) {
    const History history(log, tables.use_tail());
    const Totals expected = totals_by_events(log);
    REQUIRE_FALSE(expected.empty());
    for (const BucketWidth width : {BucketWidth::minute, BucketWidth::hour, BucketWidth::day}) {
        CHECK(totals_by_usage(history, keys, width) == expected);
    }
}

void put_snapshot(EventLog& log, const Tables& tables) {
    SnapshotWriter writer(tables);
    while (const auto row = writer.next()) REQUIRE_FALSE(log.put({*row}));
}

}  // namespace

TEST_CASE("the tail gives what was added, in order, and forgets what it is told to") {
    UseTail tail;
    tail.begin_at(3);
    std::vector<std::uint64_t> expected;
    for (std::uint64_t seq = 0; seq < 10'000; ++seq) {
        const bool twice = seq % 3 == 0;
        std::vector<UseRow> rows{use_row(1, 1)};
        if (twice) rows.push_back(use_row(2, 1));
        tail.add(seq, uses_of(std::move(rows)));
        if (seq >= 3) expected.insert(expected.end(), twice ? 2 : 1, seq);
    }
    CHECK(seqs_in(tail) == expected);
    CHECK(tail.size() == expected.size());
    for (const std::uint64_t end : {4, 4097, 4098, 9000, 9999, 10'000}) {
        tail.drop_before(end);
        std::erase_if(expected, [&](std::uint64_t seq) { return seq < end; });
        CHECK(seqs_in(tail) == expected);
        CHECK(tail.size() == expected.size());
    }
    CHECK(tail.blocks().empty());
    tail.add(10'000, uses_of({use_row(1, 1)}));
    CHECK(seqs_in(tail) == std::vector<std::uint64_t>{10'000});
}

TEST_CASE("uses are written by key, each event once, and add to three buckets") {
    MemoryLog log;
    UseTail tail;
    tail.add(40, uses_of({use_row(2, 9), use_row(1, 3, noon + 61s), use_row(1, 2, noon + 62s),
                          use_row(1, 1, noon + 5s, Outcome::suspended)}));
    tail.add(41, uses_of({use_row(1, 4, noon + 1h)}));
    REQUIRE_FALSE(write_use_rows(log, tail));
    CHECK(tail.size() == 0);
    CHECK(use_rows_end(log) == 42);
    using Rows = std::vector<std::pair<std::string, std::string>>;
    CHECK(rows_of(log, Family::history) == Rows{{history_row_key(key_id(1), 40), "U"},
                                                {history_row_key(key_id(1), 41), "U"},
                                                {history_row_key(key_id(2), 40), "U"}});
    const auto counts = [&](BucketWidth width, Timestamp start) {
        const auto row = log.row(Family::usage, usage_row_key(key_id(1), width, start));
        const auto decoded = decode_usage_counts(row.value_or(""));
        REQUIRE(decoded);
        return std::pair(decoded->by_outcome[static_cast<std::size_t>(Outcome::valid)],
                         decoded->by_outcome[static_cast<std::size_t>(Outcome::suspended)]);
    };
    const Timestamp day = std::chrono::floor<std::chrono::days>(noon);
    CHECK(counts(BucketWidth::minute, noon) == std::pair(0UL, 1UL));
    CHECK(counts(BucketWidth::minute, noon + 1min) == std::pair(5UL, 0UL));
    CHECK(counts(BucketWidth::hour, noon) == std::pair(5UL, 1UL));
    CHECK(counts(BucketWidth::hour, noon + 1h) == std::pair(4UL, 0UL));
    CHECK(counts(BucketWidth::day, day) == std::pair(9UL, 1UL));
    // A second write adds to the same buckets.
    tail.add(42, uses_of({use_row(1, 10)}));
    REQUIRE_FALSE(write_use_rows(log, tail));
    CHECK(counts(BucketWidth::day, day) == std::pair(19UL, 1UL));
    CHECK(rows_of(log, Family::history).size() == 4);
}

TEST_CASE("usage and history are the same wherever the rows end") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    for (std::uint64_t round = 0; round < 4; ++round) {
        RandomHistory live(seed + round);
        for (int part = 0; part < 5; ++part) {
            live.steps(30);
            check_usage(live.log, live.tables, live.keys);
            if (part % 2 == 0) continue;
            std::map<KeyId, std::vector<std::uint64_t>> before;
            const History history(live.log, live.tables.use_tail());
            const auto events = [&](const KeyId& key) {
                return history.key_events(key, 0, no_end, KeyEvents::with_uses);
            };
            for (const KeyId& key : live.keys) before[key] = events(key);
            REQUIRE_FALSE(write_use_rows(live.log, live.tables.use_tail()));
            CHECK(live.tables.use_tail().size() == 0);
            for (const KeyId& key : live.keys) CHECK(events(key) == before[key]);
            check_usage(live.log, live.tables, live.keys);
        }
    }
}

TEST_CASE("a start fills the tail with what the rows do not hold, snapshot or not") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    for (std::uint64_t round = 0; round < 4; ++round) {
        RandomHistory live(seed + round);
        live.steps(40);
        if (round % 2 == 0) REQUIRE_FALSE(write_use_rows(live.log, live.tables.use_tail()));
        live.steps(40);
        if (round >= 2) put_snapshot(live.log, live.tables);
        live.steps(40);
        Tables restored;
        const RestoreResult result = restore(live.log, restored, Rebuild::never);
        REQUIRE_FALSE(result.fault);
        REQUIRE_FALSE(result.damage);
        CHECK((result.restored.snapshot > 0) == (round >= 2));
        CHECK(seqs_in(restored.use_tail()) == seqs_in(live.tables.use_tail()));
        check_usage(live.log, restored, live.keys);
    }
}

TEST_CASE("rows that tell of uses that are no more are made anew, where that is allowed") {
    RandomHistory live(1);
    live.steps(80);
    REQUIRE_FALSE(write_use_rows(live.log, live.tables.use_tail()));
    MemoryLog cut;
    copy_events(live.log, cut, live.log.next_seq() / 2);
    for (const Family family : {Family::history, Family::usage, Family::meta}) {
        for (const auto& [key, value] : rows_of(live.log, family)) {
            REQUIRE_FALSE(cut.put({{family, key, value}}));
        }
    }
    REQUIRE(use_rows_end(cut) > cut.next_seq());
    Tables read_only;
    REQUIRE_FALSE(restore(cut, read_only, Rebuild::never).damage);
    CHECK(use_rows_end(cut) > cut.next_seq());
    Tables restored;
    REQUIRE_FALSE(restore(cut, restored, Rebuild::if_needed).damage);
    CHECK(use_rows_end(cut) <= cut.next_seq());
    check_usage(cut, restored, live.keys);
}

TEST_CASE("uses that could not be written stay in the tail") {
    class FullLog final : public ForwardingLog {
    public:
        using ForwardingLog::ForwardingLog;
        std::optional<LogFault> ingest(const std::function<void(const RowSink&)>&) override {
            return LogFault{"full"};
        }
    };
    MemoryLog log;
    FullLog full(log);
    UseTail tail;
    tail.add(1, uses_of({use_row(1, 1)}));
    REQUIRE(write_use_rows(full, tail));
    CHECK(tail.size() == 1);
    REQUIRE_FALSE(write_use_rows(log, tail));
    CHECK(tail.size() == 0);
}

TEST_CASE("each use is told of once while rows are written beside those who read and add") {
    constexpr std::uint64_t events = 3000;
    MemoryLog log;
    UseTail tail;
    std::atomic<std::uint64_t> added = 0;
    std::atomic<int> wrong = 0;
    std::thread reader([&] {
        const History history(log, tail);
        while (added < events) {
            const std::uint64_t before = added;
            const auto seqs = history.key_events(key_id(1), 0, no_end, KeyEvents::with_uses);
            std::uint64_t count = 0;
            for (const auto& [start, counts] :
                 history.usage(key_id(1), BucketWidth::day, Timestamp{}, noon + 24h, 10)) {
                count += counts.by_outcome[0];
            }
            const std::uint64_t after = added + 1;  // one may be added, and not counted yet
            wrong += seqs.size() >= before && seqs.size() <= after ? 0 : 1;
            wrong += count >= 2 * before && count <= 2 * after ? 0 : 1;
        }
    });
    std::thread writer([&] {
        while (added < events) wrong += write_use_rows(log, tail) ? 1 : 0;
    });
    for (std::uint64_t seq = 0; seq < events; ++seq) {
        tail.add(seq, uses_of({use_row(1, 1), use_row(1, 1)}));
        ++added;
        std::this_thread::yield();
    }
    reader.join();
    writer.join();
    CHECK(wrong == 0);
}

}  // namespace keyledger
