// A checkpoint over events that a power cut left in the Raft log alone.

#include "replication/raft_tail.hpp"

#include "ledger/log/tree_rows.hpp"
#include "tests/replication/simulation/crashing_log.hpp"
#include "tests/support/replica_node.hpp"
#include "tests/support/running_sequencer.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

// Four events after the first two, each in an entry of its own, of which none was synced.
struct PowerCut {
    std::unique_ptr<CrashingLog> log = std::make_unique<CrashingLog>();
    std::vector<TreeHead> heads;  // after each

    PowerCut() {
        fill(*log, TestClock(noon));
        const RaftWrite created = Replica::found_cluster(*log, only_node);
        REQUIRE_FALSE(log->change(created.changes, created.durability));
        heads.push_back(range_beside(*log)->head());
        ReplicaNode node(*log);
        node.run();
        for (std::uint32_t i = 2; i < 6; ++i) {
            REQUIRE(node.commit({new_key(i)}) == CommitOutcome::committed);
            heads.push_back(range_beside(*log)->head());
        }
        log = log->crashed(0);
        REQUIRE(log->next_seq() < 6);
    }

    std::string start(const TreeHead& signed_before) {
        try {
            ReplicaNode node(*log, {}, signed_before);
            node.run();
            return "";
        } catch (const std::runtime_error& fault) {
            return fault.what();
        }
    }
};

}  // namespace

TEST_CASE("a start goes on where events and Raft log together extend the newest checkpoint") {
    PowerCut given;
    for (const TreeHead& head : given.heads) {
        auto log = given.log->crashed(0);
        ReplicaNode node(*log, {}, head);
        node.run();
        CHECK(log->next_seq() == 6);
    }
}

TEST_CASE("a checkpoint says how far the Raft log is committed") {
    PowerCut given;
    const auto disk = std::get<RaftDisk>(RaftDisk::open(*given.log));
    const auto stored = std::get<RaftStored>(disk.load(disk.applied_index()));
    // Entry 1 is where the log begins, entry 2 the leader's mark.
    const auto committed = committed_by(given.heads[4], *given.log, stored);
    CHECK(std::get<std::uint64_t>(committed) == 6);
    CHECK(std::get<std::uint64_t>(committed_by(given.heads[0], *given.log, stored)) ==
          stored.applied);
}

TEST_CASE("a checkpoint of another history holds the start up") {
    PowerCut given;
    TreeHead other = given.heads[4];
    other.root[0] ^= 1;
    CHECK(given.start(other) ==
          "the first 6 events, with those of the Raft log, are not those of the last checkpoint");
    other = given.heads[0];
    other.root[0] ^= 1;
    CHECK(given.start(other) == "the first 2 events are not those of the last checkpoint");
}

TEST_CASE("a checkpoint over more than there is holds the start up") {
    PowerCut given;
    TreeHead more = given.heads[4];
    more.size = 7;
    CHECK(given.start(more) == "events are missing: the last checkpoint says size=7, the log and "
                               "the Raft log hold 6");
}

}  // namespace keyledger
