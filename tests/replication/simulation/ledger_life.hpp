#pragma once
// A life of a cluster of ledgers and of its clients under random faults, from a seed.

#include "tests/replication/simulation/ledger_cluster.hpp"

#include <cstdint>
#include <string>

namespace keyledger {

struct LedgerLifeSettings {
    LedgerClusterSettings cluster;
    std::uint64_t voters = 3;
    Millis length{60'000};
    bool members_change = false;
};

struct LedgerLife {
    std::string violation;  // empty if there was none
    std::uint64_t events = 0, answered = 0, unknown = 0, replayed = 0, snapshots = 0, trace = 0;
};

// At the end all is mended: within 20 s there must be a leader, every member must show the whole
// history, and each client must have its answer.
LedgerLife live_ledger(const LedgerLifeSettings& settings);

}  // namespace keyledger
