// Damaged files: a log says so, or shows less. It never shows what was not written.

#include "ledger/log/rocksdb_check.hpp"
#include "tests/support/database_edit.hpp"
#include "tests/support/rocksdb_directory.hpp"
#include "tests/support/stored_events.hpp"

#include <catch2/catch.hpp>
#include <rocksdb/db.h>

#include <optional>

namespace keyledger {

namespace {

constexpr std::uint64_t events = 60;

// A log whose events are all in one write-ahead log, each in a record of its own.
class Damaged {
public:
    Damaged() : pristine_(directory_.file("pristine")), path_(directory_.file("log")) {
        const auto log = open_log(pristine_, Mode::create);
        for (std::uint64_t seq = 0; seq < events; ++seq)
            REQUIRE_FALSE(log->append(batch_of(seq, 1)));
        // While the log is open: closing it may change files.
        copy_directory(pristine_, path_);
        std::filesystem::remove_all(pristine_ + ".copy");
        std::filesystem::rename(path_, pristine_ + ".copy");
        restore();
    }

    void restore() { copy_directory(pristine_ + ".copy", path_); }
    const std::string& path() const { return path_; }
    std::string wal() const { return newest_wal(path_); }

private:
    TemporaryDirectory directory_;
    std::string pristine_, path_;
};

// How many events the log shows, each as it was written; nothing if it can't be opened. The test
// fails if an event is another one.
std::optional<std::uint64_t> events_shown(const std::string& path) {
    if (!why_not_opened(path).empty()) return std::nullopt;
    const auto log = open_log(path);
    const auto cursor = log->scan(0);
    std::uint64_t seq = 0;
    while (const auto item = cursor->next()) {
        CHECK(item->seq == seq);
        CHECK(item->leaf == stored_event(seq).leaf);
        CHECK(item->personal == stored_event(seq).personal);
        ++seq;
    }
    CHECK_FALSE(cursor->fault());
    CHECK(seq == log->next_seq());
    return seq;
}

// Where the records of a write-ahead log of less than a block begin: checksum, length u16le, type.
std::vector<std::size_t> records_of(const std::string& wal) {
    const std::string bytes = contents_of(wal);
    REQUIRE(bytes.size() < 32 * 1024);
    std::vector<std::size_t> records;
    for (std::size_t at = 0; at + 7 <= bytes.size();) {
        records.push_back(at);
        at += 7 + static_cast<std::uint8_t>(bytes[at + 4]) +
              static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[at + 5])) * 256;
    }
    return records;
}

std::string file_named(const std::string& directory, std::string_view beginning) {
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (entry.path().filename().string().starts_with(beginning)) return entry.path().string();
    FAIL("no file " << beginning);
    return {};
}

}  // namespace

TEST_CASE("a byte flipped in the middle of the write-ahead log is refused, and the file named") {
    Damaged log;
    for (const std::uint64_t seq : {0, 30, 59}) {
        log.restore();
        flip_byte(log.wal(), contents_of(log.wal()).find(stored_event(seq).leaf) + 20);
        for (const Mode mode : {Mode::existing, Mode::read_only}) {
            const std::string why = why_not_opened(log.path(), mode);
            INFO(why);
            CHECK(why.find(log.wal()) != std::string::npos);
        }
    }
}

TEST_CASE(
    "a byte flipped anywhere in the write-ahead log never shows an event that was not written") {
    Damaged log;
    const std::size_t size = contents_of(log.wal()).size();
    std::size_t refused = 0, flips = 0;
    for (std::size_t at = 0; at < size; at += 331, ++flips) {
        log.restore();
        flip_byte(log.wal(), at);
        INFO("byte " << at);
        // A length that now reaches beyond the end of the file looks like a tail that a crash left.
        // Only what stands outside of the log can tell.
        const auto shown = events_shown(log.path());
        if (!shown) ++refused;
        if (shown) CHECK(*shown < events);
    }
    CHECK(refused > flips / 2);
}

TEST_CASE("a torn tail of the write-ahead log opens without what was not finished") {
    Damaged log;
    const std::size_t last = records_of(log.wal()).back();
    const std::size_t size = contents_of(log.wal()).size();
    for (const std::size_t cut : {size - 1, size - 50, last + 8, last + 7, last + 3, last + 1}) {
        log.restore();
        std::filesystem::resize_file(log.wal(), cut);
        INFO("cut to " << cut);
        CHECK(events_shown(log.path()) == events - 1);
        // And goes on from there.
        REQUIRE_FALSE(open_log(log.path())->append(batch_of(events - 1, 1)));
        CHECK(events_shown(log.path()) == events);
    }
}

TEST_CASE("a write-ahead log that was cut between two records shows a shorter log, whole") {
    // Not noticed here: events and their count are one batch, so they are gone together. The signed
    // checkpoint in a file of its own is what tells.
    Damaged log;
    const auto records = records_of(log.wal());
    REQUIRE(records.size() >= events);
    for (const std::size_t keep : {1, 30, 59}) {
        log.restore();
        std::filesystem::resize_file(log.wal(), records[records.size() - events + keep]);
        CHECK(events_shown(log.path()) == keep);
    }
}

TEST_CASE(
    "a write-ahead log that was deleted before anything reached another file shows no event") {
    Damaged log;
    std::filesystem::remove(log.wal());
    CHECK(events_shown(log.path()) == 0);
}

TEST_CASE("a deleted write-ahead log is noticed if events reached a file before their count") {
    Damaged log;
    const TemporaryDirectory copies;
    edit_database(log.path(), "events",
                  [&](rocksdb::DB& database, rocksdb::ColumnFamilyHandle& column) {
                      REQUIRE(database.Put({}, &column, key_of_seq(events), "KL").ok());
                      REQUIRE(database.Flush({}, &column).ok());
                      copy_directory(log.path(), copies.file("log"));
                  });
    for (const std::string& wal : files_in(copies.file("log"), ".log"))
        std::filesystem::remove(wal);
    const std::string why = why_not_opened(copies.file("log"));
    INFO(why);
    CHECK(why.find("there are events up to 61, but 60 were written") != std::string::npos);
}

TEST_CASE("a flipped byte in a file of the database is reported, or makes no difference") {
    const TemporaryDirectory directory;
    const std::string pristine = directory.file("pristine"), path = directory.file("log");
    {
        const auto log = open_log(pristine, Mode::create);
        for (std::uint64_t seq = 0; seq < events; ++seq)
            REQUIRE_FALSE(log->append(batch_of(seq, 1)));
        REQUIRE_FALSE(log->compact(Family::streams));
    }
    const auto files = files_in(pristine, ".sst");
    REQUIRE(files.size() >= 4);
    for (const std::string& file : files) {
        const std::size_t size = std::filesystem::file_size(file);
        for (std::size_t at = 5; at < size; at += size / 10) {
            copy_directory(pristine, path);
            flip_byte(path + "/" + std::filesystem::path(file).filename().string(), at);
            INFO(file << " byte " << at);
            OpenOptions options;
            options.directory = path;
            std::vector<std::string> faults;
            options.on_read_fault = [&](const LogFault& fault) { faults.push_back(fault.what); };
            auto opened = RocksdbLog::open(options);
            if (std::holds_alternative<LogFault>(opened)) {
                CHECK(std::get<LogFault>(opened).what.find(path) != std::string::npos);
                continue;
            }
            const auto& log = std::get<std::unique_ptr<RocksdbLog>>(opened);
            std::uint64_t read = 0, scanned = 0, rows = 0;
            for (std::uint64_t seq = 0; seq < events; ++seq)
                if (const auto event = log->read(seq)) read += is_same(*event, stored_event(seq));
            const std::size_t read_faults = faults.size();
            CHECK(read + read_faults == events);
            const auto cursor = log->scan(0);
            while (const auto item = cursor->next()) {
                CHECK(item->leaf == stored_event(item->seq).leaf);
                CHECK(item->personal == stored_event(item->seq).personal);
                ++scanned;
            }
            CHECK(cursor->fault().has_value() == (scanned < events));
            log->rows(Family::streams, "", "\xff",
                      [&](std::string_view key, std::string_view value) {
                          CHECK(value == "row " + std::to_string(load_u64(key)));
                          ++rows;
                          return true;
                      });
            if (rows < events) CHECK(faults.size() > read_faults + (scanned < events ? 1 : 0));
            // The first byte of a file is one of its rows.
            if (at == 5) CHECK_FALSE(faults.empty());
            for (const std::string& fault : faults) CHECK(fault.find(path) != std::string::npos);
        }
    }
}

TEST_CASE("a missing or damaged CURRENT or MANIFEST is refused, and the file named") {
    Damaged log;
    const auto refused_with = [&](std::string_view file) {
        const std::string why = why_not_opened(log.path());
        INFO(why);
        CHECK(why.find(file) != std::string::npos);
        log.restore();
    };
    std::filesystem::remove(log.path() + "/CURRENT");
    refused_with(log.path() + "/CURRENT");
    std::filesystem::resize_file(log.path() + "/CURRENT", 0);
    refused_with("CURRENT");
    const std::string manifest = file_named(log.path(), "MANIFEST");
    std::filesystem::remove(manifest);
    refused_with(manifest);
    flip_byte(manifest, contents_of(manifest).size() / 2);
    refused_with(manifest);
}

TEST_CASE("a file of the database that is missing or cut is refused") {
    const TemporaryDirectory directory;
    const std::string pristine = directory.file("pristine"), path = directory.file("log");
    {
        const auto log = open_log(pristine, Mode::create);
        REQUIRE_FALSE(log->append(batch_of(0, 20)));
        REQUIRE_FALSE(log->compact(Family::streams));
    }
    copy_directory(pristine, path);
    for (const std::string& file : files_in(path, ".sst")) {
        std::filesystem::remove(file);
        CHECK(why_not_opened(path).find(file) != std::string::npos);
        copy_directory(pristine, path);
        // Here RocksDB's words name the MANIFEST, which says how long the file should be.
        std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
        CHECK(why_not_opened(path).find(path) != std::string::npos);
        copy_directory(pristine, path);
    }
}

}  // namespace keyledger
