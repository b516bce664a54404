// A damaged Raft log: it says so and where, or shows an earlier state. It never shows another one.

#include "ledger/base/bytes.hpp"
#include "ledger/log/memory_log.hpp"
#include "replication/raft_disk.hpp"
#include "replication/raft_rows.hpp"
#include "tests/support/failing_disk.hpp"
#include "tests/support/rocksdb_directory.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

constexpr NodeId one{1}, two{2};
constexpr std::uint64_t last = 30;
constexpr std::uint64_t tried = 25, kept = 20;  // so far of term 2, of which so many are kept
constexpr std::uint64_t writes = tried - 1 + last - kept;

RaftEntry entry(std::uint64_t index, std::uint64_t term) {
    return {.index = index,
            .term = term,
            .kind = EntryKind::normal,
            .data = "entry " + std::to_string(index) + " of term " + std::to_string(term)};
}

RaftReady ready_with(std::vector<RaftEntry> entries) {
    RaftReady ready;
    ready.must_sync = true;
    ready.entries = std::move(entries);
    return ready;
}

void write(EventLog& log, const RaftWrite& write) {
    REQUIRE_FALSE(log.change(write.changes, write.durability));
}

// Each entry in a write of its own; some of the first are replaced.
void fill(EventLog& log) {
    const Members members{.voters = {one, two}, .learners = {}};
    write(log, RaftDisk::create({.index = 1, .term = 1, .members = members}, 0));
    auto opened = RaftDisk::open(log);
    auto& disk = std::get<RaftDisk>(opened);
    for (std::uint64_t index = 2; index <= tried; ++index)
        write(log, disk.store(ready_with({entry(index, 2)})));
    for (std::uint64_t index = kept + 1; index <= last; ++index)
        write(log, disk.store(ready_with({entry(index, 3)})));
}

std::string why_not_opened(const EventLog& log) {
    const auto opened = RaftDisk::open(log);
    const auto* fault = std::get_if<LogFault>(&opened);
    return fault ? fault->what : "";
}

void put(EventLog& log, std::string key, std::string value) {
    REQUIRE_FALSE(log.put({{Family::raft, std::move(key), std::move(value)}}));
}

// After how many of the writes the log in a directory is; nothing if it can't be opened. The test
// fails if what it shows was never so.
std::optional<std::uint64_t> shown(const std::string& directory) {
    if (!keyledger::why_not_opened(directory).empty()) return std::nullopt;
    const auto log = open_log(directory);
    const auto opened = RaftDisk::open(*log);
    if (std::holds_alternative<LogFault>(opened)) return std::nullopt;
    const auto loaded = std::get<RaftDisk>(opened).load(1);
    REQUIRE(std::holds_alternative<RaftStored>(loaded));
    const auto& entries = std::get<RaftStored>(loaded).entries;
    const bool replaced = !entries.empty() && entries.back().term == 3;
    for (const RaftEntry& found : entries)
        CHECK(found == entry(found.index, replaced && found.index > kept ? 3 : 2));
    return replaced ? tried - 1 + entries.size() + 1 - kept : entries.size();
}

}  // namespace

TEST_CASE("a row with a flipped bit, or cut, or under another key, is named") {
    struct Case {
        std::string key, name;
    };
    for (const auto& [key, name] :
         {Case{entry_key(17), "entry 17"}, Case{entry_key(last), "entry 30"},
          Case{std::string(bounds_key), "bounds"}, Case{std::string(hard_state_key), "hard_state"},
          Case{std::string(members_key), "members"}}) {
        MemoryLog log;
        fill(log);
        const std::string value = *log.row(Family::raft, key);
        for (std::size_t at = 0; at < value.size(); ++at) {
            std::string flipped = value;
            flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
            put(log, key, flipped);
            CHECK(why_not_opened(log) == "read the Raft log: " + name + " is damaged");
            put(log, key, value.substr(0, at));
            CHECK(why_not_opened(log) == "read the Raft log: " + name + " is damaged");
        }
        put(log, key, *log.row(Family::raft, entry_key(16)));
        CHECK(why_not_opened(log) == "read the Raft log: " + name + " is damaged");
        put(log, key, value);
        CHECK(why_not_opened(log).empty());
    }
}

TEST_CASE("a row that is missing, or one too many, is named") {
    for (const std::uint64_t index : {std::uint64_t{2}, std::uint64_t{17}, last}) {
        MemoryLog log;
        fill(log);
        REQUIRE_FALSE(log.erase(Family::raft, entry_key(index), entry_key(index + 1)));
        CHECK(why_not_opened(log) ==
              "read the Raft log: entry " + std::to_string(index) + " is missing");
    }
    for (const std::string_view key : {bounds_key, hard_state_key, members_key}) {
        MemoryLog log;
        fill(log);
        REQUIRE_FALSE(log.erase(Family::raft, key, std::string(key) + '\0'));
        CHECK(why_not_opened(log) == "read the Raft log: " + std::string(key) + " is missing");
    }
    MemoryLog log;
    fill(log);
    const Row extra = entry_row(entry(last + 1, 3));
    put(log, extra.key, extra.value);
    CHECK(why_not_opened(log) == "read the Raft log: entry 31 is behind the last");
    REQUIRE_FALSE(log.erase(Family::raft, extra.key, entry_key(last + 2)));
    const Row early = entry_row(entry(1, 1));
    put(log, early.key, early.value);
    CHECK(why_not_opened(log) == "read the Raft log: entry 1 should be gone");
}

TEST_CASE("a term that goes back is damage, though its row is whole") {
    MemoryLog log;
    fill(log);
    const Row odd = entry_row(entry(25, 2));
    put(log, odd.key, odd.value);
    CHECK(why_not_opened(log) == "read the Raft log: entry 25 is damaged");
}

TEST_CASE("a write-ahead log that is cut shows an earlier state, whole in itself") {
    const TemporaryDirectory directory;
    const std::string pristine = directory.file("pristine"), copy = directory.file("copy"),
                      cut = directory.file("cut");
    {
        const auto log = open_log(pristine, Mode::create);
        fill(*log);
        copy_directory(pristine, copy);  // as a crash leaves it
    }
    const std::size_t size = std::filesystem::file_size(newest_wal(copy));
    std::uint64_t before = 0;
    for (std::size_t length = size / 4; length < size; length += 199) {
        copy_directory(copy, cut);
        std::filesystem::resize_file(newest_wal(cut), length);
        const auto found = shown(cut);
        if (!found) continue;
        CHECK(*found >= before);
        before = *found;
    }
    CHECK(shown(copy) == writes);
    CHECK(before > writes / 2);
}

TEST_CASE("a flipped bit in the write-ahead log is found, or shows an earlier state") {
    const TemporaryDirectory directory;
    const std::string pristine = directory.file("pristine"), copy = directory.file("copy");
    {
        const auto log = open_log(pristine, Mode::create);
        fill(*log);
        copy_directory(pristine, copy);
    }
    const std::string damaged = directory.file("damaged");
    const std::size_t size = std::filesystem::file_size(newest_wal(copy));
    REQUIRE(size > 2000);
    std::size_t refused = 0, flipped = 0;
    for (std::size_t at = size / 4; at < size * 3 / 4; at += 37) {
        copy_directory(copy, damaged);
        flip_byte(newest_wal(damaged), at);
        ++flipped;
        // In a record's length it looks like an end that a crash left unfinished.
        if (const auto found = shown(damaged))
            CHECK(*found < writes);
        else
            ++refused;
    }
    CHECK(refused > flipped / 2);
}

TEST_CASE("a write that fails is a fault, and nothing of it is there afterwards") {
    const TemporaryDirectory directory;
    const auto failing = std::make_shared<FailingDisk>();
    OpenOptions options;
    options.directory = directory.file("log");
    options.mode = Mode::create;
    options.env = failing_env(failing);
    {
        const auto log = open_log(options);
        fill(*log);
        auto opened = RaftDisk::open(*log);
        auto& disk = std::get<RaftDisk>(opened);
        const RaftWrite write = disk.store(ready_with({entry(last + 1, 4)}));
        failing->writes = true;
        CHECK(log->change(write.changes, write.durability));
        failing->writes = false;
        CHECK(log->change(write.changes, write.durability));  // final
    }
    CHECK(shown(directory.file("log")) == writes);
}

}  // namespace keyledger
