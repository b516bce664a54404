// Opening a log on RocksDB, and what is not in the contract of every log.

#include "ledger/log/rocksdb_log.hpp"

#include "tests/support/rocksdb_directory.hpp"
#include "tests/support/stored_events.hpp"

#include <catch2/catch.hpp>
#include <rocksdb/db.h>

namespace keyledger {

namespace {

bool says(const std::string& fault, std::string_view words) {
    INFO(fault);
    return fault.find(words) != std::string::npos;
}

std::vector<std::pair<std::string, std::string>> all_files(const std::string& directory) {
    std::vector<std::pair<std::string, std::string>> files;
    for (const std::string& file : files_in(directory, ""))
        files.emplace_back(file, contents_of(file));
    return files;
}

}  // namespace

TEST_CASE("what was appended is there after the log is opened again") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("log");
    REQUIRE_FALSE(open_log(path, Mode::create)->append(batch_of(0, 5)));
    for (std::uint64_t seq = 5; seq < 8; ++seq) {
        const auto log = open_log(path);
        CHECK(log->next_seq() == seq);
        for (std::uint64_t before = 0; before < seq; ++before)
            CHECK(is_same(log->read(before).value_or(StoredEvent{}), stored_event(before)));
        REQUIRE_FALSE(log->append(batch_of(seq, 1)));
    }
    CHECK(open_log(path)->row(Family::streams, std::string(7, '\0') + "\7") == "row 7");
}

TEST_CASE("an empty log can be opened again") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("log");
    open_log(path, Mode::create);
    const auto log = open_log(path);
    CHECK(log->next_seq() == 0);
    CHECK_FALSE(log->scan(0)->next());
}

TEST_CASE("a log is made in an empty directory or a new one, and in no other") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("log");
    std::filesystem::create_directory(path);
    open_log(path + "/", Mode::create);
    CHECK(says(why_not_opened(path, Mode::create), "not empty"));
    directory.write("file", "");
    CHECK(says(why_not_opened(directory.file("file"), Mode::create), "no directory"));
    CHECK_FALSE(why_not_opened(directory.file("not/there"), Mode::create).empty());
    // What may be the rest of a log is not written over.
    std::filesystem::remove(path + "/CURRENT");
    CHECK(says(why_not_opened(path, Mode::create), "not empty"));
}

TEST_CASE("a directory that holds no ledger is not opened, and stays as it was") {
    const TemporaryDirectory directory;
    const std::string missing = directory.file("missing");
    CHECK(says(why_not_opened(missing), "no ledger"));
    CHECK_FALSE(std::filesystem::exists(missing));
    const std::string empty = directory.file("empty");
    std::filesystem::create_directory(empty);
    CHECK(says(why_not_opened(empty), "no ledger"));
    CHECK(says(why_not_opened(empty, Mode::read_only), "no ledger"));
    CHECK(std::filesystem::is_empty(empty));
}

TEST_CASE("another program's database is not opened") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("other");
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* made = nullptr;
    REQUIRE(rocksdb::DB::Open(options, path, &made).ok());
    const std::unique_ptr<rocksdb::DB> other(made);
    REQUIRE(other->Put(rocksdb::WriteOptions(), "key", "value").ok());
    REQUIRE(other->Close().ok());
    CHECK(says(why_not_opened(path), path));
    CHECK(says(why_not_opened(path, Mode::read_only), path));
}

TEST_CASE("a log that another has open is refused in words that say so") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("log");
    const auto log = open_log(path, Mode::create);
    CHECK(says(why_not_opened(path), "another process has it open"));
    CHECK(says(why_not_opened(path), "LOCK"));
}

TEST_CASE("a log opened read-only shows all, and changes no file") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("log");
    REQUIRE_FALSE(open_log(path, Mode::create)->append(batch_of(0, 20)));
    const auto before = all_files(path);
    {
        const auto log = open_log(path, Mode::read_only);
        CHECK(log->next_seq() == 20);
        CHECK(is_same(log->read(13).value_or(StoredEvent{}), stored_event(13)));
        const auto cursor = log->scan(0);
        for (std::uint64_t seq = 0; seq < 20; ++seq) {
            const auto item = cursor->next();
            REQUIRE(item);
            CHECK(item->leaf == stored_event(seq).leaf);
        }
    }
    CHECK(all_files(path) == before);
}

TEST_CASE("what was put is durable with the next append") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("log");
    {
        const auto log = open_log(path, Mode::create);
        REQUIRE_FALSE(log->put({{Family::snapshots, "a", "1"}, {Family::snapshots, "b", "2"}}));
        REQUIRE_FALSE(log->erase(Family::snapshots, "a", "b"));
        REQUIRE_FALSE(log->append(batch_of(0, 1)));
        copy_directory(path, directory.file("copy"));
    }
    const auto log = open_log(directory.file("copy"));
    CHECK_FALSE(log->row(Family::snapshots, "a"));
    CHECK(log->row(Family::snapshots, "b") == "2");
}

TEST_CASE("events that fill many files are read back, by seq and in a scan") {
    const TemporaryDirectory directory;
    OpenOptions options;
    options.directory = directory.file("log");
    options.mode = Mode::create;
    options.write_buffer_bytes = 1;  // as small as RocksDB lets it be
    const std::uint64_t count = 12'000;
    {
        const auto log = open_log(options);
        for (std::uint64_t seq = 0; seq < count; seq += 1000)
            REQUIRE_FALSE(log->append(batch_of(seq, 1000, 100)));
    }
    CHECK(files_in(options.directory, ".sst").size() > 3);
    const auto log = open_log(options.directory);
    REQUIRE(log->next_seq() == count);
    const auto cursor = log->scan(0);
    for (std::uint64_t seq = 0; seq < count; ++seq) {
        const auto item = cursor->next();
        REQUIRE(item);
        const StoredEvent expected = stored_event(seq, 100);
        if (item->leaf != expected.leaf || item->personal != expected.personal) FAIL(seq);
        if (seq % 1111 == 0) CHECK(is_same(log->read(seq).value_or(StoredEvent{}), expected));
    }
    CHECK_FALSE(cursor->next());
    CHECK_FALSE(cursor->fault());
}

}  // namespace keyledger
