// Many short lives of clusters under random faults; and that they notice what is broken on purpose.
//
// KEYLEDGER_SIMULATION_LIVES says how many, in place of the few of a usual run, and
// KEYLEDGER_TEST_SEED where to begin: a life has the seed that is printed if it goes wrong.

#include "tests/replication/simulation/faults.hpp"
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

// Voters and members as the seed has it.
LifeSettings settings_of(std::uint64_t seed) {
    LifeSettings settings;
    settings.cluster.seed = seed;
    settings.voters = seed % 2 == 0 ? 3 : 5;
    settings.members_change = seed % 3 == 0;
    return settings;
}

}  // namespace

TEST_CASE("no fault of network, disk or process breaks what a cluster promises") {
    const std::uint64_t first = test_seed();
    std::uint64_t entries = 0, leaders = 0, reads = 0;
    constexpr std::uint64_t usual = 24;
    for (std::uint64_t seed = first; seed < first + lives(usual); ++seed) {
        INFO("KEYLEDGER_TEST_SEED=" << seed);
        const Life life = live(settings_of(seed));
        REQUIRE(life.violation == "");
        entries += life.entries;
        leaders += life.leaders;
        reads += life.reads;
    }
    std::cout << lives(usual) << " lives: " << entries << " entries, " << leaders << " leaders, "
              << reads << " reads\n";
    CHECK(entries > 20 * lives(usual));
    CHECK(leaders > lives(usual));
    CHECK(reads > 0);
}

TEST_CASE("the same seed gives the same life") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    const Life once = live(settings_of(seed)), again = live(settings_of(seed));
    CHECK(once.trace == again.trace);
    CHECK(once.entries == again.entries);
    CHECK(live(settings_of(seed + 1)).trace != once.trace);
}

TEST_CASE("a simulation notices what is broken on purpose") {
    const Mutation mutation =
        GENERATE(Mutation::no_wait_for_the_disk, Mutation::hard_state_not_kept);
    constexpr std::uint64_t lives_at_most = 200;
    std::string violation;
    std::uint64_t seed = 1;
    for (; seed <= lives_at_most && violation.empty(); ++seed) {
        LifeSettings settings = settings_of(seed);
        settings.cluster.mutation = mutation;
        settings.cluster.count_copies = false;  // the loss itself has to show
        violation = live(settings).violation;
    }
    INFO("after " << seed << " lives");
    CHECK_FALSE(violation.empty());
    std::cout << "noticed after " << seed - 1 << " lives: " << violation << "\n";
}

}  // namespace keyledger
