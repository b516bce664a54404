#pragma once
// Clients of a simulated cluster: each asks for one thing at a time, with an Idempotency-Key, of
// one node after another until it has an answer that says what became of it.

#include "tests/replication/simulation/ledger_cluster.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace keyledger {

class LedgerClients {
public:
    LedgerClients(LedgerCluster& cluster, std::size_t count) : cluster_(cluster), clients_(count) {}

    void start();
    // No new commands: what was asked for is still asked for until it is answered.
    void stop() { stopping_ = true; }
    bool all_answered() const;

    std::uint64_t answered() const { return answered_; }
    std::uint64_t unknown() const { return unknown_; }
    std::uint64_t replayed() const { return replayed_; }

private:
    struct Client {
        std::optional<Submission> asked;  // until it is answered
        std::uint64_t told = 0;           // what others had been told of when it asked first
        std::uint64_t tries = 0;
    };

    int pick(int count) { return draw(cluster_.time().random(), 0, count - 1); }
    void ask(std::size_t number);
    void ask_again(std::size_t number, Millis delay);
    void answer(std::size_t number, std::uint64_t tried, const Submitted& submitted);
    Submission command();
    Command any_command();

    LedgerCluster& cluster_;
    std::vector<Client> clients_;
    bool stopping_ = false;
    std::uint32_t commands_ = 0, keys_ = 1;
    std::uint64_t answered_ = 0, unknown_ = 0, replayed_ = 0;
};

}  // namespace keyledger
