#pragma once
// A life of a cluster under random faults, from a seed.

#include "tests/replication/simulation/cluster.hpp"

#include <cstdint>
#include <string>

namespace keyledger {

struct LifeSettings {
    ClusterSettings cluster;
    std::uint64_t voters = 3;
    Millis length{60'000};
    bool members_change = false;
};

struct Life {
    std::string violation;  // empty if there was none
    std::uint64_t entries = 0, leaders = 0, reads = 0, trace = 0;
};

// At the end all is mended: within 20 s there must be a leader, and every member must have all.
Life live(const LifeSettings& settings);

}  // namespace keyledger
