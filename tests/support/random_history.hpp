#pragma once
// A ledger on a log in memory, whose history is drawn from a seed.

#include "ledger/log/memory_log.hpp"
#include "projections/tables.hpp"
#include "replication/batch_builder.hpp"
#include "tests/support/randomness.hpp"
#include "tests/support/test_clock.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace keyledger {

// Does on one thread what the sequencer does: decides, appends, applies, publishes.
class RandomHistory {
public:
    explicit RandomHistory(std::uint64_t seed);

    // A batch of a few commands of any kind; some of them are refused.
    void step();
    void steps(std::size_t count);
    // A batch of these commands, none of which may be refused.
    void commit(const std::vector<Submission>& submissions);

    MemoryLog log;
    Tables tables;
    TestClock clock;
    std::vector<KeyId> keys;  // in the order of their creation
    std::uint64_t refused = 0;

private:
    Submission submission();
    Command command();
    Command on_workspaces();
    Command on_key(const KeyId& key);
    Command check();
    Command uses();
    Command change(const KeyId& key);
    CreateKey new_key();
    KeyId any_key();
    std::string any_workspace();
    Digest any_digest();
    Digest fresh_digest();
    void add(const Submission& submission);
    void apply_batch();

    std::mt19937_64 engine_;
    SeededRandom random_;
    BatchBuilder builder_;
    std::uint64_t boot_ = 1, flushes_ = 0, workspaces_ = 0, digests_ = 0;
};

// A check that is decided and committed before its answer, of what is asked for by a token alone.
UseKey use_of(const Digest& digest, std::uint64_t cost = 0);

// All rows of a family.
std::vector<std::pair<std::string, std::string>> rows_of(const EventLog& log, Family family);

// Appends the events from `to.next_seq()` to `until`, without rows.
void copy_events(const EventLog& from, EventLog& to, std::uint64_t until);

// The first thing that is not the same in both; empty if all is, rate windows left out.
std::string difference(Tables& left, Tables& right);

}  // namespace keyledger
