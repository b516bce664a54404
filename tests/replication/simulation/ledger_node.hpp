#pragma once
// All of a simulated node that a crash takes away.

#include "tests/replication/simulation/ledger_cluster.hpp"

namespace keyledger {

struct LedgerCluster::Running {
    Running(CrashingLog& on, Timestamp now, std::uint64_t seed)
        : log(on), clock(now), random(seed) {}

    CrashingLog& log;
    TestClock clock;
    SeededRandom random;
    boost::asio::io_context context{1};
    Tables tables;
    AppliedSignal signal{tables};
    Applier applier{log, tables, signal};
    UseBatcher uses{1, UsageDetail::folded};
    std::unique_ptr<Replica> replica;
    std::optional<SimulatedCommitLog> commits;
    std::optional<Sequencer> sequencer;
    std::optional<ReplicaStep> writing;
};

}  // namespace keyledger
