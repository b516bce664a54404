#include "replication/replica.hpp"

#include "ledger/log/memory_log.hpp"
#include "ledger/log/tree_rows.hpp"
#include "tests/replication/simulation/crashing_log.hpp"
#include "tests/support/random_history.hpp"
#include "tests/support/replica_node.hpp"
#include "tests/support/running_sequencer.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

// A ledger of two events, whose only voter is this node.
void found(EventLog& log) {
    fill(log, TestClock(noon));
    const RaftWrite created = Replica::found_cluster(log, only_node);
    REQUIRE_FALSE(log.change(created.changes, created.durability));
}

// Entries that are in the log of a node that has stopped, of its term 2.
void store_entries(EventLog& log, const std::vector<std::string>& entries) {
    auto disk = std::get<RaftDisk>(RaftDisk::open(log));
    RaftReady ready;
    ready.must_sync = true;
    ready.hard_state = HardState{.term = 2, .vote = only_node, .commit = disk.last_index()};
    std::uint64_t index = disk.last_index();
    for (const std::string& data : entries)
        ready.entries.push_back({.index = ++index, .term = 2, .data = data});
    const RaftWrite write = disk.store(ready);
    REQUIRE_FALSE(log.change(write.changes, write.durability));
}

// The events that such a command makes as the next ones of the log, in an entry.
std::string entry_of(const EventLog& log, const Command& command, std::uint64_t term,
                     std::uint64_t first_seq) {
    Tables tables;
    replay(log, tables, log.next_seq());
    SeededRandom random(5);
    BatchBuilder builder(log, tables, system_clock(), random);
    builder.clear();
    REQUIRE(builder.add(asked(command)).has_value());
    const Proposer other{.node = NodeId{9}, .boot = 1, .number = 1};
    const EntryHeader header{.term = term, .first_seq = first_seq, .proposer = other};
    return encode_entry(header, builder.batch().events);
}

bool is_whole_tree(const EventLog& log) {
    TreeWriter tree;
    std::vector<Row> rows;
    const auto cursor = log.scan(0);
    while (const auto item = cursor->next()) tree.append(leaf_hash(item->leaf), rows);
    return range_beside(log)->root() == tree.head().root;
}

}  // namespace

TEST_CASE("an only voter leads at once, and commits what it decides") {
    MemoryLog log;
    found(log);
    ReplicaNode node(log);
    CHECK_FALSE(node.replica->may_decide());
    node.run();
    REQUIRE(node.replica->may_decide());
    CHECK(node.commit({new_key(2), new_key(3)}) == CommitOutcome::committed);
    CHECK(log.next_seq() == 4);
    CHECK(node.tables.next_seq() == 4);
    CHECK(node.tables.find_key(key_id(3)));
    CHECK(is_whole_tree(log));
    CHECK(node.replica->may_decide());
}

TEST_CASE("a batch without events is confirmed, and leaves no entry") {
    MemoryLog log;
    found(log);
    ReplicaNode node(log);
    node.run();
    const std::uint64_t applied = node.replica->applied();
    CHECK(node.commit({ResumeKey{key_id(1)}}) == CommitOutcome::committed);
    CHECK(node.replica->applied() == applied);
    CHECK(log.next_seq() == 2);
}

TEST_CASE("nothing may be decided while a batch is in flight") {
    MemoryLog log;
    found(log);
    ReplicaNode node(log);
    node.run();
    node.builder->clear();
    REQUIRE(node.builder->add(asked(new_key(2))).has_value());
    std::optional<CommitOutcome> outcome;
    node.replica->propose(node.builder->growing(), [&](CommitOutcome came) { outcome = came; });
    CHECK_FALSE(outcome);
    CHECK_FALSE(node.replica->may_decide());
    auto step = node.replica->begin();
    REQUIRE(step);
    CHECK(step->change.durability == Durability::synced);
    CHECK_FALSE(outcome);
    CHECK(log.next_seq() == 2);
    REQUIRE_FALSE(step->write(log));
    CHECK_FALSE(node.tables.find_key(key_id(2)));
    REQUIRE_FALSE(node.replica->finish());
    CHECK(outcome == CommitOutcome::committed);
    CHECK(node.tables.find_key(key_id(2)));
}

TEST_CASE("events that a crash took away are made again from the Raft log, with all their rows") {
    auto log = std::make_unique<CrashingLog>();
    found(*log);
    std::string digest;
    std::vector<std::pair<std::string, std::string>> rows;
    {
        ReplicaNode node(*log);
        node.run();
        REQUIRE(node.commit({new_key(2), new_key(3)}) == CommitOutcome::committed);
        REQUIRE(node.commit({SuspendKey{key_id(2)}}) == CommitOutcome::committed);
        digest = node.tables.digest();
        rows = rows_of(*log, Family::access);
    }
    REQUIRE(log->unsynced() > 0);
    log = log->crashed(0);
    REQUIRE(log->next_seq() < 5);
    ReplicaNode node(*log);
    node.run();
    CHECK(log->next_seq() == 5);
    CHECK(node.tables.digest() == digest);
    CHECK(rows_of(*log, Family::access) == rows);
    CHECK(is_whole_tree(*log));
}

TEST_CASE("an entry that was decided in another term is passed over") {
    MemoryLog log;
    found(log);
    store_entries(log, {entry_of(log, new_key(2), 1, 2), entry_of(log, new_key(3), 2, 2)});
    ReplicaNode node(log);
    node.run();
    CHECK_FALSE(node.tables.find_key(key_id(2)));
    CHECK(node.tables.find_key(key_id(3)));
    CHECK(log.next_seq() == 3);
}

TEST_CASE("an entry whose seq is taken is passed over") {
    MemoryLog log;
    found(log);
    store_entries(log, {entry_of(log, new_key(2), 2, 2), entry_of(log, new_key(3), 2, 2)});
    ReplicaNode node(log);
    node.run();
    CHECK(node.tables.find_key(key_id(2)));
    CHECK_FALSE(node.tables.find_key(key_id(3)));
    CHECK(node.commit({new_key(3)}) == CommitOutcome::committed);
    CHECK(is_whole_tree(log));
}

TEST_CASE("an entry that is damaged, or holds no events, ends the node and says which it is") {
    MemoryLog known;
    found(known);
    const EntryHeader header{.term = 2, .first_seq = 2, .proposer = {}};
    const std::string no_event = encode_entry(header, std::vector{StoredEvent{"no event", ""}});
    const std::string old_event = encode_entry(header, std::vector{*known.read(1)});
    const std::vector<std::pair<std::string, std::string>> cases{
        {"no entry", "it holds no batch"},
        {no_event, "event seq=2 holds bytes that are no event"},
        {old_event, "event seq=2 holds another seq"}};
    for (const auto& [entry, what] : cases) {
        MemoryLog log;
        found(log);
        store_entries(log, std::vector<std::string>{entry});
        ReplicaNode node(log);
        REQUIRE_THROWS_WITH(node.run(), "apply entry 2 of the Raft log: " + what);
        CHECK(log.next_seq() == 2);
    }
}

TEST_CASE("entries go when there are too many, and a start goes on from those that stay") {
    MemoryLog log;
    found(log);
    ReplicaSettings settings;
    settings.entries_kept_max = 10;
    {
        ReplicaNode node(log, settings);
        node.run();
        for (std::uint32_t i = 2; i < 40; ++i)
            REQUIRE(node.commit({new_key(i)}) == CommitOutcome::committed);
        CHECK(node.replica->entries_from() > 25);
        CHECK(node.replica->applied() - node.replica->entries_from() >= 4);
        CHECK(node.replica->next_seq_at(node.replica->applied()) == log.next_seq());
        CHECK_FALSE(node.replica->next_seq_at(1));
    }
    ReplicaNode node(log, settings);
    node.run();
    CHECK(node.commit({new_key(50)}) == CommitOutcome::committed);
    CHECK(log.next_seq() == 41);
}

TEST_CASE("entries go when they are too large") {
    MemoryLog log;
    found(log);
    ReplicaSettings settings;
    settings.bytes_kept_max = 20'000;
    ReplicaNode node(log, settings);
    node.run();
    for (std::uint32_t i = 2; i < 100; ++i)
        REQUIRE(node.commit({new_key(i)}) == CommitOutcome::committed);
    CHECK(node.replica->entries_from() > 50);
}

TEST_CASE("events that were written past the Raft log are said") {
    MemoryLog log;
    found(log);
    SeededRandom random(5);
    Tables tables;
    replay(log, tables, log.next_seq());
    BatchBuilder builder(log, tables, system_clock(), random);
    builder.clear();
    REQUIRE(builder.add(asked(new_key(2))).has_value());
    REQUIRE_FALSE(log.append(builder.batch()));
    REQUIRE_THROWS_WITH(ReplicaNode(log),
                        "the Raft log was applied up to 2 events, and the log holds 3");
}

}  // namespace keyledger
