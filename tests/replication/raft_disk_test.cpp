// The Raft log comes back as it was written, or says what of it does not.

#include "replication/raft_disk.hpp"

#include "ledger/log/memory_log.hpp"
#include "replication/raft_rows.hpp"
#include "tests/support/randomness.hpp"
#include "tests/support/rocksdb_directory.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

constexpr NodeId one{1}, two{2}, three{3};

const Members trio{.voters = {one, two, three}, .learners = {}};

RaftEntry entry(std::uint64_t index, std::uint64_t term, std::string data = "data") {
    return {.index = index, .term = term, .kind = EntryKind::normal, .data = std::move(data)};
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

RaftDisk open(const EventLog& log) {
    auto opened = RaftDisk::open(log);
    if (const auto* fault = std::get_if<LogFault>(&opened)) FAIL(fault->what);
    return std::get<RaftDisk>(std::move(opened));
}

std::string why_not_opened(const EventLog& log) {
    const auto opened = RaftDisk::open(log);
    const auto* fault = std::get_if<LogFault>(&opened);
    return fault ? fault->what : "";
}

RaftStored load(const RaftDisk& disk, std::uint64_t applied) {
    auto loaded = disk.load(applied);
    if (const auto* fault = std::get_if<LogFault>(&loaded)) FAIL(fault->what);
    return std::get<RaftStored>(std::move(loaded));
}

// A log of the first voters, with entries 2 to 6 behind where all begin.
void fill(EventLog& log) {
    write(log, RaftDisk::create({.index = 1, .term = 1, .members = trio}, 0));
    RaftDisk disk = open(log);
    RaftReady ready = ready_with({entry(2, 2), entry(3, 2), entry(4, 2), entry(5, 3), entry(6, 3)});
    ready.hard_state = HardState{.term = 3, .vote = two, .commit = 4};
    write(log, disk.store(ready));
}

void compact(EventLog& log, std::uint64_t through) {
    RaftDisk disk = open(log);
    auto compacted = disk.compact(through);
    REQUIRE(std::holds_alternative<RaftWrite>(compacted));
    write(log, std::get<RaftWrite>(compacted));
}

}  // namespace

TEST_CASE("a new log is one of the first voters, or of a node that joins") {
    MemoryLog log;
    CHECK(why_not_opened(log) == "read the Raft log: bounds is missing");
    write(log, RaftDisk::create({.index = 1, .term = 1, .members = trio}, 0));
    RaftStored stored = load(open(log), 1);
    CHECK(stored.hard_state == HardState{.term = 1, .vote = no_node, .commit = 1});
    CHECK(stored.base_index == 1);
    CHECK(stored.base_term == 1);
    CHECK(stored.members == trio);
    CHECK(stored.entries.empty());

    MemoryLog joining;
    write(joining, RaftDisk::create({}, 0));
    stored = load(open(joining), 0);
    CHECK(stored.hard_state == HardState{});
    CHECK(stored.base_index == 0);
    CHECK(stored.members == Members{});
}

TEST_CASE("entries and hard state come back after the database was closed") {
    const TemporaryDirectory directory;
    fill(*open_log(directory.file("log"), Mode::create));
    const auto log = open_log(directory.file("log"));
    const RaftDisk disk = open(*log);
    CHECK(disk.base_index() == 1);
    CHECK(disk.last_index() == 6);
    CHECK(disk.hard_state() == HardState{.term = 3, .vote = two, .commit = 4});
    const RaftStored stored = load(disk, 3);
    CHECK(stored.applied == 3);
    CHECK(stored.entries ==
          std::vector{entry(2, 2), entry(3, 2), entry(4, 2), entry(5, 3), entry(6, 3)});
}

TEST_CASE("an entry takes the place of one that stood there, and of all behind it") {
    MemoryLog log;
    fill(log);
    RaftDisk disk = open(log);
    write(log, disk.store(ready_with({entry(4, 4, "new"), entry(5, 4, "new")})));
    CHECK(disk.last_index() == 5);
    CHECK(load(open(log), 1).entries ==
          std::vector{entry(2, 2), entry(3, 2), entry(4, 4, "new"), entry(5, 4, "new")});
    write(log, disk.store(ready_with({entry(6, 5)})));
    CHECK(load(open(log), 1).entries.back() == entry(6, 5));
}

TEST_CASE("a compaction takes entries from the front, and remembers the term it goes on from") {
    MemoryLog log;
    fill(log);
    compact(log, 5);
    const RaftDisk disk = open(log);
    CHECK(disk.base_index() == 5);
    const RaftStored stored = load(disk, 5);
    CHECK(stored.base_term == 3);
    CHECK(stored.entries == std::vector{entry(6, 3)});
    compact(log, 6);
    CHECK(load(open(log), 6).entries.empty());
}

TEST_CASE("a snapshot takes the place of the whole log") {
    MemoryLog log;
    fill(log);
    RaftDisk disk = open(log);
    RaftReady ready = ready_with({entry(21, 7)});
    const Members others{.voters = {one, three}, .learners = {two}};
    ready.snapshot = RaftSnapshot{.index = 20, .term = 6, .members = others};
    write(log, disk.store(ready));
    CHECK(disk.base_index() == 20);
    const RaftStored stored = load(open(log), 20);
    CHECK(stored.base_term == 6);
    CHECK(stored.members == others);
    CHECK(stored.entries == std::vector{entry(21, 7)});
}

TEST_CASE("members are known as of an index, which must have been applied") {
    MemoryLog log;
    fill(log);
    RaftDisk disk = open(log);
    const Members more{.voters = trio.voters, .learners = {NodeId{4}}};
    REQUIRE_FALSE(
        log.change({.erased = {}, .written = {disk.store_members(more, 3)}}, Durability::deferred));
    CHECK(load(open(log), 3).members == more);
    const auto early = open(log).load(2);
    REQUIRE(std::holds_alternative<LogFault>(early));
    CHECK(std::get<LogFault>(early).what ==
          "read the Raft log: members are those of 3, and 2 is applied");
}

TEST_CASE("only what a ready wants synced is") {
    MemoryLog log;
    fill(log);
    RaftDisk disk = open(log);
    RaftReady ready;
    ready.hard_state = HardState{.term = 3, .vote = two, .commit = 6};
    const RaftWrite commit = disk.store(ready);
    CHECK(commit.durability == Durability::deferred);
    CHECK(commit.changes.written.size() == 1);
    CHECK(disk.store(ready_with({entry(7, 3)})).durability == Durability::synced);
}

TEST_CASE("any history of writes reads as a plain list does") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    const TemporaryDirectory directory;
    auto log = open_log(directory.file("log"), Mode::create);
    write(*log, RaftDisk::create({.index = 1, .term = 1, .members = trio}, 0));
    RaftDisk disk = open(*log);
    std::vector<RaftEntry> model;  // from base + 1 on
    std::uint64_t base = 1, term = 1;
    for (int i = 0; i < 200; ++i) {
        if (draw(engine, 0, 5) > 0 || model.empty()) {
            std::vector<RaftEntry> added;
            const auto kept = draw<std::size_t>(engine, 0, model.size());
            if (kept < model.size()) ++term;
            for (std::size_t n = draw<std::size_t>(engine, 1, 6); n > 0; --n)
                added.push_back(entry(base + kept + added.size() + 1, term,
                                      draw_bytes(engine, draw<std::size_t>(engine, 0, 40))));
            model.resize(kept);
            model.insert(model.end(), added.begin(), added.end());
            write(*log, disk.store(ready_with(std::move(added))));
        } else {
            const auto gone = draw<std::size_t>(engine, 1, model.size());
            model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(gone));
            base += gone;
            auto compacted = disk.compact(base);
            REQUIRE(std::holds_alternative<RaftWrite>(compacted));
            write(*log, std::get<RaftWrite>(compacted));
        }
        if (draw(engine, 0, 20) == 0) {
            log.reset();
            log = open_log(directory.file("log"));
            disk = open(*log);
        }
        const RaftStored stored = load(open(*log), base);
        REQUIRE(stored.base_index == base);
        REQUIRE(stored.entries == model);
        REQUIRE(disk.last_index() == base + model.size());
    }
}

}  // namespace keyledger
