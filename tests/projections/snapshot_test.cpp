#include "projections/snapshot.hpp"

#include "ledger/base/sha256.hpp"
#include "ledger/stored/event_codec.hpp"
#include "projections/record_codec.hpp"
#include "projections/replay.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace keyledger {

namespace {

struct Applied {
    Event event;
    Digest leaf;
};

std::vector<Applied> events_of(const EventLog& log) {
    std::vector<Applied> events;
    const auto cursor = log.scan(0);
    while (const auto item = cursor->next()) {
        events.push_back({*decode(item->leaf, item->personal), leaf_hash(item->leaf)});
    }
    return events;
}

void apply(Tables& tables, const std::vector<Applied>& events, std::uint64_t until) {
    while (tables.next_seq() < until) {
        const Applied& next = events[tables.next_seq()];
        tables.apply(next.event, next.leaf);
    }
    tables.publish();
}

// Keys so large that their records fill more than one chunk.
void create_large_keys(RandomHistory& history) {
    constexpr std::uint32_t keys = 40;
    std::vector<Submission> submissions;
    for (std::uint32_t i = 0; i < keys; ++i) {
        CreateKey create = new_key(i, "w0");
        create.settings.metadata = '"' + std::string(metadata_bytes_max - 2, 'm') + '"';
        submissions.push_back(asked(create));
    }
    history.commit(submissions);
}

std::size_t write_snapshot(EventLog& log, const Tables& tables) {
    SnapshotWriter writer(tables);
    std::size_t rows = 0;
    while (const auto row = writer.next()) {
        REQUIRE_FALSE(log.put({*row}));
        ++rows;
    }
    return rows;
}

// The rows of one snapshot, in order; its end is the last.
std::vector<Row> snapshot_rows(const Tables& tables) {
    std::vector<Row> rows;
    SnapshotWriter writer(tables);
    while (auto row = writer.next()) rows.push_back(std::move(*row));
    return rows;
}

std::vector<std::uint64_t> snapshots_in(const EventLog& log) {
    std::vector<std::uint64_t> seqs;
    for (const auto& [key, value] : rows_of(log, Family::snapshots)) {
        if (seqs.empty() || seqs.back() != load_u64(key)) seqs.push_back(load_u64(key));
    }
    return seqs;
}

}  // namespace

TEST_CASE("a snapshot taken while events go on loads as the tables stood, in every interleaving") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    create_large_keys(history);
    for (std::uint32_t i = 0; i < 40; ++i) history.keys.push_back(key_id(i));
    history.steps(4);
    const std::uint64_t base = history.log.next_seq();
    // The stretches between the chunks: any number of these, the first after the base.
    std::vector<std::uint64_t> ends{base};
    while (ends.size() < 4) {
        history.step();
        ends.push_back(history.log.next_seq());
    }
    const std::vector<Applied> events = events_of(history.log);
    const std::size_t chunks = snapshot_rows(history.tables).size();
    REQUIRE(chunks == 5);  // base, workspaces, keys, keys, end

    std::vector<std::size_t> before(chunks, 0);  // how far the events are before each chunk
    std::size_t interleavings = 0;
    for (bool more = true; more; ++interleavings) {
        MemoryLog log;
        copy_events(history.log, log, ends.back());
        Tables live;
        apply(live, events, base);
        SnapshotWriter writer(live);
        for (const std::size_t stretch : before) {
            apply(live, events, ends[stretch]);
            const auto row = writer.next();
            REQUIRE(row);
            REQUIRE_FALSE(log.put({*row}));
        }
        REQUIRE_FALSE(writer.next());
        Tables restored;
        const RestoreResult result = restore(log, restored, Rebuild::if_needed);
        REQUIRE_FALSE(result.damage);
        REQUIRE(result.restored.snapshot == base);
        REQUIRE(result.restored.replayed == ends.back() - base);
        REQUIRE(difference(history.tables, restored) == "");
        // The next sequence that does not go back.
        auto place = std::find_if(before.rbegin(), before.rend(),
                                  [&](std::size_t stretch) { return stretch + 1 < ends.size(); });
        more = place != before.rend();
        if (more) std::fill(before.rbegin(), place + 1, *place + 1);
    }
    CHECK(interleavings == 56);  // 4 stretches, 5 chunks: 8 over 5
}

TEST_CASE("rate windows go on from a snapshot") {
    RandomHistory history(1);
    CreateKey limited = new_key(1, "w0");
    const RateLimit limit{.limit = 10, .window = std::chrono::hours(1)};
    limited.settings.rate_limit = limit;
    history.commit({asked(limited)});
    const Timestamp now = history.clock.now();
    CHECK(history.tables.find_key(key_id(1))->rate.take(limit, now));
    write_snapshot(history.log, history.tables);
    Tables restored;
    CHECK(load_newest_snapshot(history.log, restored) == history.log.next_seq());
    CHECK(restored.find_key(key_id(1))->rate.remaining(limit, now) == 9);
}

TEST_CASE("a snapshot that was cut short at any chunk is passed over") {
    RandomHistory history(3);
    create_large_keys(history);
    const std::vector<Row> older = snapshot_rows(history.tables);
    const std::uint64_t older_seq = history.log.next_seq();
    history.steps(3);
    const std::vector<Row> newer = snapshot_rows(history.tables);
    for (std::size_t count = 0; count < newer.size(); ++count) {
        MemoryLog log;
        copy_events(history.log, log, history.log.next_seq());
        REQUIRE_FALSE(log.put(older));
        REQUIRE_FALSE(log.put({newer.begin(), newer.begin() + std::ptrdiff_t(count)}));
        REQUIRE(newest_snapshot(log) == older_seq);
        Tables restored;
        REQUIRE(restore(log, restored, Rebuild::if_needed).restored.snapshot == older_seq);
        REQUIRE(difference(history.tables, restored) == "");
    }
}

TEST_CASE("a snapshot with a damaged or missing chunk is passed over") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    RandomHistory history(3);
    create_large_keys(history);
    history.steps(3);
    const std::vector<Row> rows = snapshot_rows(history.tables);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (int round = 0; round < 10; ++round) {
            std::vector<Row> damaged = rows;
            std::string& value = damaged[i].value;
            const auto at = draw<std::size_t>(engine, 0, value.size() - 1);
            const int kind = draw(engine, 0, 3);
            if (kind == 0) value[at] = static_cast<char>(value[at] ^ (1 << draw(engine, 0, 7)));
            if (kind == 1) value.resize(at);
            if (kind == 2) value.append(value);
            if (kind == 3) damaged.erase(damaged.begin() + std::ptrdiff_t(i));
            MemoryLog log;
            copy_events(history.log, log, history.log.next_seq());
            REQUIRE_FALSE(log.put(damaged));
            Tables restored;
            const RestoreResult result = restore(log, restored, Rebuild::if_needed);
            INFO("chunk " << i << " damage " << kind << " at " << at);
            // The end's `until` alone may be another, if it still is one that the log has reached.
            const bool harmless = i + 1 == rows.size() && kind == 0 && at >= 5 && at < 13;
            if (!harmless) REQUIRE(result.restored.snapshot == 0);
            REQUIRE(difference(history.tables, restored) == "");
        }
    }
}

TEST_CASE("a snapshot of an unknown version is passed over") {
    RandomHistory history(3);
    history.steps(20);
    std::vector<Row> rows = snapshot_rows(history.tables);
    REQUIRE(rows[0].value.substr(0, 2) == std::string("b") + char(record_format_version));
    // Whole, as one of a later version would be: its chunks are chained again.
    rows[0].value[1] = char(record_format_version + 1);
    Digest chain{};
    for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
        chain = sha256({view_of(chain), rows[i].value});
    }
    rows.back().value.replace(13, sizeof chain, view_of(chain));
    REQUIRE_FALSE(history.log.put(rows));
    CHECK(newest_snapshot(history.log) == 0);
    Tables restored;
    CHECK(restore(history.log, restored, Rebuild::if_needed).restored.snapshot == 0);
    CHECK(difference(history.tables, restored) == "");
}

TEST_CASE("a snapshot that is newer than the log is passed over, its base or a record") {
    RandomHistory history(3);
    history.steps(20);
    SnapshotWriter writer(history.tables);
    const std::uint64_t base = writer.snapshot();
    std::vector<Row> rows{*writer.next()};
    history.steps(20);
    while (auto row = writer.next()) rows.push_back(std::move(*row));
    const std::uint64_t held = history.log.next_seq();
    for (const std::uint64_t until : {base - 1, base, held - 1, held}) {
        MemoryLog log;
        copy_events(history.log, log, until);
        REQUIRE_FALSE(log.put(rows));
        CHECK(newest_snapshot(log) == (until == held ? base : 0));
        Tables restored;
        const RestoreResult result = restore(log, restored, Rebuild::if_needed);
        CHECK_FALSE(result.damage);
        CHECK(result.restored.snapshot == (until == held ? base : 0));
        CHECK(restored.next_seq() == until);
    }
}

TEST_CASE("old snapshots are dropped, and those that were cut short") {
    RandomHistory history(3);
    std::vector<std::uint64_t> seqs;
    for (int i = 0; i < 5; ++i) {
        const std::uint64_t before = history.log.next_seq();
        while (history.log.next_seq() == before) history.step();
        std::vector<Row> rows = snapshot_rows(history.tables);
        if (i == 1 || i == 3) rows.pop_back();
        REQUIRE_FALSE(history.log.put(rows));
        seqs.push_back(history.log.next_seq());
    }
    REQUIRE(snapshots_in(history.log) == seqs);
    CHECK_FALSE(drop_old_snapshots(history.log, 3));
    CHECK(snapshots_in(history.log) == std::vector{seqs[0], seqs[2], seqs[4]});
    CHECK_FALSE(drop_old_snapshots(history.log, 2));
    CHECK(snapshots_in(history.log) == std::vector{seqs[2], seqs[4]});
    CHECK_FALSE(drop_old_snapshots(history.log, 2));
    CHECK(snapshots_in(history.log) == std::vector{seqs[2], seqs[4]});
    Tables restored;
    CHECK(load_newest_snapshot(history.log, restored) == seqs[4]);
}

TEST_CASE("without a snapshot the tables are left as they are") {
    RandomHistory history(3);
    Tables tables;
    CHECK(newest_snapshot(history.log) == 0);
    CHECK(load_newest_snapshot(history.log, tables) == 0);
    CHECK(tables.next_seq() == 0);
    CHECK(tables.keys().empty());
}

}  // namespace keyledger
