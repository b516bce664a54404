// What a log looks for when it is opened, with rows changed behind its back.

#include "ledger/log/rocksdb_check.hpp"

#include "tests/support/database_edit.hpp"
#include "tests/support/rocksdb_directory.hpp"
#include "tests/support/stored_events.hpp"

#include <catch2/catch.hpp>
#include <rocksdb/db.h>

namespace keyledger {

namespace {

class Edited {
public:
    Edited() : path_(directory_.file("log")) {
        REQUIRE_FALSE(open_log(path_, Mode::create)->append(batch_of(0, 10)));
    }
    void put(std::string_view family, const std::string& key, const std::string& value) {
        edit_database(path_, family,
                      [&](rocksdb::DB& database, rocksdb::ColumnFamilyHandle& column) {
                          REQUIRE(database.Put(rocksdb::WriteOptions(), &column, key, value).ok());
                      });
    }
    void remove(std::string_view family, const std::string& key) {
        edit_database(path_, family,
                      [&](rocksdb::DB& database, rocksdb::ColumnFamilyHandle& column) {
                          REQUIRE(database.Delete(rocksdb::WriteOptions(), &column, key).ok());
                      });
    }
    const std::string& path() const { return path_; }
    void refused_with(std::string_view words) const {
        const std::string why = why_not_opened(path_);
        INFO(why);
        CHECK(why.find(words) != std::string::npos);
        CHECK(why.find(path_) != std::string::npos);
    }

private:
    TemporaryDirectory directory_;
    std::string path_;
};

std::string u32be(std::uint32_t value) {
    std::string bytes;
    append_u32(bytes, value);
    return bytes;
}

}  // namespace

TEST_CASE("a format that this version does not know is refused") {
    Edited log;
    log.put("meta", "log.format", u32be(2));
    log.refused_with("format");
    log.put("meta", "log.format", "");
    log.refused_with("format");
    log.remove("meta", "log.format");
    log.refused_with("no ledger");
    log.put("meta", "log.format", u32be(1));
    CHECK(why_not_opened(log.path()).empty());
}

TEST_CASE("events that do not begin with 0 are refused") {
    Edited log;
    log.remove("events", key_of_seq(0));
    log.refused_with("the first event is 1");
}

TEST_CASE("events that do not end where the count says are refused") {
    Edited log;
    log.remove("events", key_of_seq(9));
    log.refused_with("10 were written");
    log.put("events", key_of_seq(9), stored_event(9).leaf);
    CHECK(why_not_opened(log.path()).empty());
    log.put("events", key_of_seq(10), stored_event(10).leaf);
    log.refused_with("10 were written");
}

TEST_CASE("a missing count of events is refused") {
    Edited log;
    log.remove("meta", "log.next_seq");
    log.refused_with("count");
}

TEST_CASE("an event that is missing among the newest is refused") {
    Edited log;
    log.remove("events", key_of_seq(4));
    log.refused_with("event 4 is missing");
}

TEST_CASE("an event that is no leaf is refused") {
    Edited log;
    log.put("events", key_of_seq(4), "KL");
    log.refused_with("event 4 is no leaf");
}

TEST_CASE("a row among the events that is none is refused") {
    Edited log;
    log.put("events", "?", stored_event(4).leaf);
    CHECK_FALSE(why_not_opened(log.path()).empty());
}

TEST_CASE("an event that goes missing later is a fault of what reads it") {
    Edited log;
    REQUIRE_FALSE(open_log(log.path())->append(batch_of(10, 10'500)));
    log.remove("events", key_of_seq(5));  // older than what is looked at when a log is opened
    OpenOptions options;
    options.directory = log.path();
    std::vector<std::string> faults;
    options.on_read_fault = [&](const LogFault& fault) { faults.push_back(fault.what); };
    const auto opened = open_log(options);
    CHECK_FALSE(opened->read(5));
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].find("event 5 is missing") != std::string::npos);
    const auto cursor = opened->scan(3);
    CHECK(cursor->next());
    CHECK(cursor->next());
    CHECK_FALSE(cursor->next());
    REQUIRE(cursor->fault());
    CHECK(cursor->fault()->what.find("event 5 is missing") != std::string::npos);
    CHECK(faults.size() == 2);
}

}  // namespace keyledger
