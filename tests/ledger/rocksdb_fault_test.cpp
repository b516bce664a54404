// A disk that fails under a log.

#include "tests/support/failing_disk.hpp"
#include "tests/support/rocksdb_directory.hpp"
#include "tests/support/stored_events.hpp"

#include <catch2/catch.hpp>
#include <rocksdb/env.h>

namespace keyledger {

namespace {

struct Fixture {
    TemporaryDirectory directory;
    std::shared_ptr<FailingDisk> disk = std::make_shared<FailingDisk>();
    std::vector<std::string> read_faults;

    std::unique_ptr<RocksdbLog> open(Mode mode) {
        OpenOptions options;
        options.directory = directory.file("log");
        options.mode = mode;
        options.env = failing_env(disk);
        options.on_read_fault = [this](const LogFault& fault) {
            read_faults.push_back(fault.what);
        };
        return open_log(std::move(options));
    }
};

bool says(const std::optional<LogFault>& fault, std::string_view words) {
    return fault && fault->what.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a failed write or sync is a fault, and so is all that is written after it") {
    Fixture fixture;
    auto log = fixture.open(Mode::create);
    REQUIRE_FALSE(log->append(batch_of(0, 5)));

    const bool syncs = GENERATE(true, false);
    const char* words = syncs ? "does not sync" : "disk is full";
    (syncs ? fixture.disk->syncs : fixture.disk->writes) = true;
    CHECK(says(log->append(batch_of(5, 3)), words));
    CHECK(log->next_seq() == 5);

    // Not tried again, though the disk is well.
    (syncs ? fixture.disk->syncs : fixture.disk->writes) = false;
    CHECK(says(log->append(batch_of(5, 3)), words));
    CHECK(says(log->put({{Family::history, "a", "1"}}), words));
    CHECK(says(log->erase(Family::history, "a", "b"), words));
    CHECK(says(log->clear(Family::history), words));
    CHECK(says(log->compact(Family::history), words));
    CHECK(log->next_seq() == 5);
    CHECK(is_same(log->read(4).value_or(StoredEvent{}), stored_event(4)));

    // What was acknowledged is there; what was not may be, as a whole.
    log.reset();
    log = fixture.open(Mode::existing);
    CHECK((log->next_seq() == 5 || log->next_seq() == 8));
    for (std::uint64_t seq = 0; seq < log->next_seq(); ++seq)
        CHECK(is_same(log->read(seq).value_or(StoredEvent{}), stored_event(seq)));
    REQUIRE_FALSE(log->append(batch_of(log->next_seq(), 1)));
}

TEST_CASE("rows that can't be taken in leave nothing behind, and are a fault") {
    Fixture fixture;
    auto log = fixture.open(Mode::create);
    REQUIRE_FALSE(log->append(batch_of(0, 5)));
    const auto rows = [](const EventLog::RowSink& sink) {
        sink(Family::history, "a", "1");
        sink(Family::meta, "m", "1");
    };
    const bool syncs = GENERATE(true, false);
    (syncs ? fixture.disk->syncs : fixture.disk->writes) = true;
    CHECK(says(log->ingest(rows), syncs ? "does not sync" : "disk is full"));
    (syncs ? fixture.disk->syncs : fixture.disk->writes) = false;
    CHECK_FALSE(log->row(Family::history, "a"));
    CHECK_FALSE(log->row(Family::meta, "m"));

    // What the call that failed left in the directory is in nobody's way.
    log.reset();
    log = fixture.open(Mode::existing);
    REQUIRE_FALSE(log->ingest(rows));
    log.reset();
    log = fixture.open(Mode::existing);
    CHECK(log->row(Family::history, "a") == "1");
    CHECK(log->row(Family::meta, "m") == "1");
    CHECK(log->next_seq() == 5);
}

TEST_CASE("a put that fails is a fault of the next append too") {
    Fixture fixture;
    const auto log = fixture.open(Mode::create);
    fixture.disk->writes = true;
    CHECK(says(log->put({{Family::history, "a", "1"}}), "disk is full"));
    fixture.disk->writes = false;
    CHECK(says(log->append(batch_of(0, 1)), "disk is full"));
}

TEST_CASE("a log that can't be made is a fault") {
    Fixture fixture;
    fixture.disk->syncs = true;
    OpenOptions options;
    options.directory = fixture.directory.file("log");
    options.mode = Mode::create;
    options.env = failing_env(fixture.disk);
    const auto opened = RocksdbLog::open(options);
    REQUIRE(std::holds_alternative<LogFault>(opened));
    CHECK(says(std::get<LogFault>(opened), "does not sync"));
    // What it left is neither a ledger nor made into one.
    CHECK_FALSE(why_not_opened(options.directory).empty());
    CHECK_FALSE(why_not_opened(options.directory, Mode::create).empty());
}

TEST_CASE("a read that fails is reported, and finds nothing") {
    Fixture fixture;
    REQUIRE_FALSE(fixture.open(Mode::create)->append(batch_of(0, 30)));
    {
        const auto log = fixture.open(Mode::existing);
        REQUIRE_FALSE(log->compact(Family::streams));
    }
    const auto log = fixture.open(Mode::existing);
    fixture.disk->reads = true;
    std::string key;
    append_u64(key, 7);
    CHECK_FALSE(log->row(Family::streams, key));
    REQUIRE(fixture.read_faults.size() == 1);
    CHECK(fixture.read_faults[0].find("does not read") != std::string::npos);
    int visits = 0;
    const auto count = [&](std::string_view, std::string_view) { return ++visits > 0; };
    log->rows(Family::streams, "", "\xff", count);
    log->rows_backward(Family::streams, "", "\xff", count);
    CHECK(visits == 0);
    CHECK(fixture.read_faults.size() == 3);

    fixture.disk->reads = false;
    CHECK(log->row(Family::streams, key) == "row 7");
    CHECK(fixture.read_faults.size() == 3);
}

}  // namespace keyledger
