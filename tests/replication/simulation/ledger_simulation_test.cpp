// Many short lives of clusters of ledgers under random faults; and that they notice what is broken
// on purpose. The environment is read as by simulation_test.cpp.

#include "tests/replication/simulation/ledger_life.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>

namespace keyledger {

namespace {

std::uint64_t lives(std::uint64_t usual_lives) {
    const char* const chosen = std::getenv("KEYLEDGER_SIMULATION_LIVES");
    return chosen ? std::strtoull(chosen, nullptr, 10) : usual_lives;
}

// Voters, members and how much of the log is kept as the seed has it.
LedgerLifeSettings settings_of(std::uint64_t seed) {
    LedgerLifeSettings settings;
    settings.cluster.seed = seed;
    settings.cluster.entries_kept_max = seed % 4 == 0 ? 10'000 : 40;
    settings.voters = seed % 2 == 0 ? 3 : 5;
    settings.members_change = seed % 3 == 0;
    return settings;
}

}  // namespace

TEST_CASE("no fault breaks what a cluster of ledgers promises") {
    const std::uint64_t first = test_seed();
    LedgerLife all;
    constexpr std::uint64_t usual = 12;
    for (std::uint64_t seed = first; seed < first + lives(usual); ++seed) {
        INFO("KEYLEDGER_TEST_SEED=" << seed);
        const LedgerLife life = live_ledger(settings_of(seed));
        REQUIRE(life.violation == "");
        all.events += life.events;
        all.answered += life.answered;
        all.unknown += life.unknown;
        all.replayed += life.replayed;
        all.snapshots += life.snapshots;
    }
    std::cout << lives(usual) << " lives: " << all.events << " events, " << all.answered
              << " answers, " << all.unknown << " of unknown outcome first, " << all.replayed
              << " replayed, " << all.snapshots << " states taken over\n";
    CHECK(all.events > 50 * lives(usual));
    CHECK(all.answered > 50 * lives(usual));
    CHECK(all.unknown > 0);
    CHECK(all.replayed > 0);
    CHECK(all.snapshots > 0);
}

TEST_CASE("the same seed gives the same life of ledgers") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    const LedgerLife once = live_ledger(settings_of(seed)), again = live_ledger(settings_of(seed));
    CHECK(once.trace == again.trace);
    CHECK(once.events == again.events);
    CHECK(live_ledger(settings_of(seed + 1)).trace != once.trace);
}

TEST_CASE("a simulation of ledgers notices what is broken on purpose") {
    const auto mutation =
        GENERATE(LedgerMutation::no_wait_for_the_disk, LedgerMutation::torn_batches,
                 LedgerMutation::unknown_is_committed);
    constexpr std::uint64_t lives_at_most = 100;
    std::string violation;
    std::uint64_t seed = 1;
    for (; seed <= lives_at_most && violation.empty(); ++seed) {
        LedgerLifeSettings settings = settings_of(seed);
        settings.cluster.mutation = mutation;
        violation = live_ledger(settings).violation;
    }
    INFO("after " << seed << " lives");
    CHECK_FALSE(violation.empty());
    std::cout << "noticed after " << seed - 1 << " lives: " << violation << "\n";
}

}  // namespace keyledger
