// What a log is, for both logs.

#include "ledger/log/event_log.hpp"

#include "ledger/log/expiry.hpp"
#include "ledger/log/idempotency_row.hpp"
#include "ledger/log/memory_log.hpp"
#include "ledger/log/usage_counts.hpp"
#include "tests/support/rocksdb_directory.hpp"
#include "tests/support/stored_events.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

class Subject {
public:
    explicit Subject(const std::string& kind) {
        if (kind == "memory") {
            auto memory = std::make_unique<MemoryLog>();
            compact_ = [log = memory.get()](Family family) { return log->compact(family); };
            log_ = std::move(memory);
        } else {
            auto rocksdb = open_log(directory_.file("log"), Mode::create);
            compact_ = [log = rocksdb.get()](Family family) { return log->compact(family); };
            log_ = std::move(rocksdb);
        }
    }
    EventLog* operator->() const { return log_.get(); }
    void compact(Family family) { REQUIRE_FALSE(compact_(family)); }

    Pairs rows(Family family, std::string_view from = "", std::string_view until = "\xff\xff") {
        Pairs found;
        log_->rows(family, from, until, [&](std::string_view key, std::string_view value) {
            found.emplace_back(key, value);
            return true;
        });
        return found;
    }

private:
    TemporaryDirectory directory_;
    std::unique_ptr<EventLog> log_;
    std::function<std::optional<LogFault>(Family)> compact_;
};

std::string each_kind() {
    return GENERATE(as<std::string>{}, "memory", "rocksdb");
}

LogBatch rows_only(std::uint64_t first_seq, std::vector<Row> rows) {
    LogBatch batch;
    batch.first_seq = first_seq;
    batch.rows = std::move(rows);
    return batch;
}

Timestamp after_epoch(Duration duration) {
    return Timestamp(duration);
}

}  // namespace

TEST_CASE("a log gives back what was appended, in order") {
    Subject log(each_kind());
    CHECK(log->next_seq() == 0);
    CHECK_FALSE(log->read(0));
    REQUIRE_FALSE(log->append(batch_of(0, 3)));
    REQUIRE_FALSE(log->append(batch_of(3, 2)));
    CHECK(log->next_seq() == 5);
    for (std::uint64_t seq = 0; seq < 5; ++seq) {
        const auto event = log->read(seq);
        REQUIRE(event);
        CHECK(is_same(*event, stored_event(seq)));
    }
    CHECK_FALSE(log->read(5));
}

TEST_CASE("a scan begins where it is told and ends with what there was when it was made") {
    Subject log(each_kind());
    REQUIRE_FALSE(log->append(batch_of(0, 7)));
    for (const std::uint64_t from : {0, 3, 6, 7, 100}) {
        const auto cursor = log->scan(from);
        if (log->next_seq() == 7) REQUIRE_FALSE(log->append(batch_of(7, 1)));
        const std::uint64_t end = from == 0 ? 7 : 8;
        for (std::uint64_t seq = from; seq < end; ++seq) {
            const auto item = cursor->next();
            REQUIRE(item);
            CHECK(item->seq == seq);
            CHECK(item->leaf == stored_event(seq).leaf);
            CHECK(item->personal == stored_event(seq).personal);
        }
        CHECK_FALSE(cursor->next());
        CHECK_FALSE(cursor->next());
        CHECK_FALSE(cursor->fault());
    }
}

TEST_CASE("rows that are taken in replace those before them, and usage is added to") {
    Subject log(each_kind());
    const std::string bucket = usage_row_key({{1}}, BucketWidth::day, Timestamp{});
    UsageCounts one;
    one.by_outcome[0] = 1;
    REQUIRE_FALSE(log->append(rows_only(0, {{Family::history, "b", "old"},
                                            {Family::meta, "m", "old"},
                                            {Family::usage, bucket, encode(one)}})));
    for (const std::string times : {"first", "second"}) {
        REQUIRE_FALSE(log->ingest([&](const EventLog::RowSink& sink) {
            sink(Family::history, "a", times);
            sink(Family::history, "b", times);
            sink(Family::usage, bucket, encode(one));
            sink(Family::meta, "m", times);
        }));
        CHECK(log.rows(Family::history) == Pairs{{"a", times}, {"b", times}});
        CHECK(log->row(Family::meta, "m") == times);
    }
    REQUIRE_FALSE(log->append(rows_only(0, {{Family::history, "a", "new"}})));
    CHECK(log.rows(Family::history) == Pairs{{"a", "new"}, {"b", "second"}});
    for (const bool compacted : {false, true}) {
        if (compacted) log.compact(Family::usage);
        const auto sum = decode_usage_counts(log->row(Family::usage, bucket).value_or(""));
        REQUIRE(sum);
        CHECK(sum->by_outcome[0] == 3);
    }
    REQUIRE_FALSE(log->ingest([](const EventLog::RowSink&) {}));
}

TEST_CASE("a row replaces the one before it, and a batch may have rows alone") {
    Subject log(each_kind());
    CHECK_FALSE(log->row(Family::meta, "a"));
    REQUIRE_FALSE(
        log->append(rows_only(0, {{Family::meta, "a", "1"}, {Family::history, "a", "2"}})));
    REQUIRE_FALSE(log->append(rows_only(0, {{Family::meta, "a", ""}})));
    CHECK(log->next_seq() == 0);
    CHECK(log->row(Family::meta, "a") == "");
    CHECK(log->row(Family::history, "a") == "2");
    CHECK_FALSE(log->row(Family::snapshots, "a"));
    REQUIRE_FALSE(log->put({{Family::snapshots, "a", "3"}}));
    CHECK(log->row(Family::snapshots, "a") == "3");
}

TEST_CASE(
    "rows are walked in order, either way, within their bounds, until the visitor has enough") {
    Subject log(each_kind());
    const std::string high("\xf0\x00\x01", 3);
    REQUIRE_FALSE(log->put({{Family::history, "b", "2"},
                            {Family::history, high, "4"},
                            {Family::history, "a", "1"},
                            {Family::history, "ba", "3"},
                            {Family::streams, "b", "not this"}}));
    CHECK(log.rows(Family::history) == Pairs{{"a", "1"}, {"b", "2"}, {"ba", "3"}, {high, "4"}});
    CHECK(log.rows(Family::history, "b", high) == Pairs{{"b", "2"}, {"ba", "3"}});
    CHECK(log.rows(Family::history, "c", "d").empty());
    CHECK(log.rows(Family::history, "b", "b").empty());
    CHECK(log.rows(Family::history, "c", "a").empty());

    std::string seen;
    const auto collect = [&](std::string_view key, std::string_view value) {
        seen += std::string(key) + "=" + std::string(value) + " ";
        return value != "2";
    };
    log->rows_backward(Family::history, "a", high, collect);
    CHECK(seen == "ba=3 b=2 ");
    seen.clear();
    log->rows_backward(Family::history, "ba", "\xff",
                       [&](std::string_view, std::string_view value) {
                           seen += value;
                           return true;
                       });
    CHECK(seen == "43");
    seen.clear();
    log->rows(Family::history, "", "\xff", collect);
    CHECK(seen == "a=1 b=2 ");
    seen.clear();
    log->rows_backward(Family::history, "c", "a", collect);
    CHECK(seen.empty());
}

TEST_CASE("a batch takes rows away before it writes its own, with its events") {
    Subject log(each_kind());
    const std::vector<Row> before{
        {Family::raft, "a", "1"}, {Family::raft, "b", "1"}, {Family::raft, "c", "1"}};
    REQUIRE_FALSE(log->append(rows_only(0, before)));
    LogBatch batch = batch_of(0, 2);
    batch.erased = {{Family::raft, "b", "d"}, {Family::raft, "x", "b"}};
    batch.rows = {{Family::raft, "c", "2"}};
    batch.durability = Durability::deferred;
    REQUIRE_FALSE(log->append(batch));
    CHECK(log.rows(Family::raft) == Pairs{{"a", "1"}, {"c", "2"}});
    CHECK(log->next_seq() == 2);
}

TEST_CASE("erased rows are gone, the others stay") {
    Subject log(each_kind());
    REQUIRE_FALSE(log->put({{Family::snapshots, "a", "1"},
                            {Family::snapshots, "b", "2"},
                            {Family::snapshots, "c", "3"},
                            {Family::history, "b", "4"}}));
    REQUIRE_FALSE(log->erase(Family::snapshots, "b", "c"));
    REQUIRE_FALSE(log->erase(Family::snapshots, "c", "a"));
    CHECK(log.rows(Family::snapshots) == Pairs{{"a", "1"}, {"c", "3"}});
    CHECK(log.rows(Family::history) == Pairs{{"b", "4"}});
}

TEST_CASE("a change takes ranges away first, and then writes") {
    Subject log(each_kind());
    REQUIRE_FALSE(log->put({{Family::raft, "a", "1"},
                            {Family::raft, "b", "2"},
                            {Family::raft, "c", "3"},
                            {Family::history, "b", "4"}}));
    for (const Durability durability : {Durability::deferred, Durability::synced}) {
        const RowChanges changes{
            .erased = {{Family::raft, "b", "d"}, {Family::raft, "x", "b"}},
            .written = {{Family::raft, "c", "5"}, {Family::meta, "applied", "6"}}};
        REQUIRE_FALSE(log->change(changes, durability));
        CHECK(log.rows(Family::raft) == Pairs{{"a", "1"}, {"c", "5"}});
    }
    CHECK(log.rows(Family::history) == Pairs{{"b", "4"}});
    CHECK(log->row(Family::meta, "applied") == "6");
}

TEST_CASE("clearing empties one family, which can be filled again") {
    Subject log(each_kind());
    const std::string last(20, '\xff');
    REQUIRE_FALSE(log->clear(Family::history));
    REQUIRE_FALSE(log->append(batch_of(0, 3)));
    REQUIRE_FALSE(log->put({{Family::history, "", "0"}, {Family::history, last, "1"}}));
    REQUIRE_FALSE(log->clear(Family::history));
    CHECK_FALSE(log->row(Family::history, ""));
    CHECK_FALSE(log->row(Family::history, last));
    CHECK(log.rows(Family::streams).size() == 3);
    CHECK(log->read(2));
    REQUIRE_FALSE(log->put({{Family::history, last, "2"}}));
    CHECK(log->row(Family::history, last) == "2");
}

TEST_CASE("usage rows are added up") {
    Subject log(each_kind());
    const std::string key = usage_row_key({{1}}, BucketWidth::day, Timestamp{});
    UsageCounts one;
    one.by_outcome[0] = 2;
    one.cost = 5;
    UsageCounts other;
    other.by_outcome[0] = 1;
    other.by_outcome[14] = 7;
    REQUIRE_FALSE(log->append(rows_only(0, {{Family::usage, key, encode(one)}})));
    REQUIRE_FALSE(log->append(
        rows_only(0, {{Family::usage, key, encode(other)}, {Family::usage, key, encode(one)}})));
    UsageCounts sum = one;
    sum.add(other);
    sum.add(one);
    CHECK(decode_usage_counts(log->row(Family::usage, key).value_or("")) == sum);
    log.compact(Family::usage);
    CHECK(decode_usage_counts(log->row(Family::usage, key).value_or("")) == sum);
    REQUIRE_FALSE(log->put({{Family::usage, key, encode(other)}}));
    sum.add(other);
    CHECK(decode_usage_counts(log->row(Family::usage, key).value_or("")) == sum);
}

TEST_CASE("a usage row that can't be read stays to be seen") {
    Subject log(each_kind());
    const std::string key = usage_row_key({{1}}, BucketWidth::day, Timestamp{});
    const std::string good = encode(UsageCounts{.by_outcome = {1}, .cost = 1});
    for (const std::string value : {"bad 1", "bad 2"})
        REQUIRE_FALSE(log->put({{Family::usage, key, good}, {Family::usage, key, value}}));
    REQUIRE_FALSE(log->put({{Family::usage, key, good}}));
    CHECK(log->row(Family::usage, key) == "bad 1");
    log.compact(Family::usage);
    CHECK(log->row(Family::usage, key) == "bad 1");
}

TEST_CASE("an idempotency row goes after a day, by the time of the ledger") {
    Subject log(each_kind());
    const IdempotencyRow row{
        .time = after_epoch(std::chrono::hours(100)), .first_seq = 4, .count = 2};
    REQUIRE_FALSE(log->put(
        {{Family::idempotency, "slot", encode(row)}, {Family::idempotency, "unreadable", "?"}}));
    log.compact(Family::idempotency);
    log->set_ledger_time(row.time + std::chrono::hours(24) - Duration(1));
    log->set_ledger_time(Timestamp{});  // does not go back
    log.compact(Family::idempotency);
    CHECK(log->row(Family::idempotency, "slot") == encode(row));
    log->set_ledger_time(row.time + std::chrono::hours(24));
    log.compact(Family::idempotency);
    CHECK_FALSE(log->row(Family::idempotency, "slot"));
    CHECK(log->row(Family::idempotency, "unreadable") == "?");
}

TEST_CASE("usage buckets of a minute go after 7 days, of an hour after 90, of a day never") {
    Subject log(each_kind());
    const Timestamp start = after_epoch(std::chrono::days(1000));
    const std::string value = encode(UsageCounts{.by_outcome = {1}, .cost = 0});
    const auto key = [&](BucketWidth width) { return usage_row_key({{1}}, width, start); };
    const std::string minute = key(BucketWidth::minute), hour = key(BucketWidth::hour),
                      day = key(BucketWidth::day);
    // One as a value of its own, one still to be added up.
    for (int times = 0; times < 2; ++times)
        REQUIRE_FALSE(log->put({{Family::usage, minute, value},
                                {Family::usage, hour, value},
                                {Family::usage, day, value},
                                {Family::usage, "no bucket", value}}));
    const auto there = [&](Duration later) {
        log->set_ledger_time(start + later);
        log.compact(Family::usage);
        return log.rows(Family::usage).size();
    };
    CHECK(there(std::chrono::days(7) + std::chrono::seconds(59)) == 4);
    CHECK(there(std::chrono::days(7) + std::chrono::seconds(60)) == 3);
    CHECK_FALSE(log->row(Family::usage, minute));
    CHECK(there(std::chrono::days(90) + std::chrono::minutes(59)) == 3);
    CHECK(there(std::chrono::days(90) + std::chrono::minutes(60)) == 2);
    CHECK_FALSE(log->row(Family::usage, hour));
    CHECK(there(std::chrono::days(36'500)) == 2);
    CHECK(log->row(Family::usage, day));
}

}  // namespace keyledger
