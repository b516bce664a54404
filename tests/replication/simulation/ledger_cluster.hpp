#pragma once
// A cluster of whole ledgers in one process and one thread: real sequencers, tables and replicas on
// a simulated clock, network and disk. The same seed gives the same run.

#include "replication/sequencer.hpp"
#include "tests/replication/simulation/crashing_log.hpp"
#include "tests/replication/simulation/ledger_history.hpp"
#include "tests/replication/simulation/simulated_commit_log.hpp"
#include "tests/replication/simulation/simulated_time.hpp"
#include "tests/support/randomness.hpp"
#include "tests/support/test_clock.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {

struct LedgerClusterSettings {
    std::uint64_t seed = 1;
    LedgerMutation mutation = LedgerMutation::none;
    std::size_t entries_kept_max = 40;
};

class LedgerCluster {
public:
    explicit LedgerCluster(const LedgerClusterSettings& settings);
    ~LedgerCluster();

    // `count` voters with the same first events, from 1 on, started.
    void add_voters(std::uint64_t count);
    // A node with an empty disk, started.
    void add_joining(NodeId node);

    void start(NodeId node);
    // Loses what was not synced, or not all of it.
    void crash(NodeId node);
    bool is_up(NodeId node) const { return at(node).running != nullptr; }
    // Its disk finishes nothing before then.
    void stall(NodeId node, Millis duration) { at(node).stalled_until = time_.now() + duration; }

    // What `from` sends is lost before it reaches `to`.
    void cut(NodeId from, NodeId to) { cuts_.insert({from, to}); }
    void isolate(NodeId node);
    void mend();
    void set_lost_per_mille(unsigned lost) { lost_per_mille_ = lost; }

    // Asks a node that is up; `answered` is not called if it crashes before.
    void submit(NodeId node, Submission submission, std::function<void(Submitted)> answered);
    void propose_change(NodeId node, const MemberChange& change);
    void transfer(NodeId node, NodeId to);

    // Both stop early where an invariant is violated.
    void run_for(Millis duration);
    bool run_until(const std::function<bool()>& condition, Millis limit);

    // The one of the latest term that may decide, or is deciding.
    std::optional<NodeId> leader() const;
    // There is a leader, and all its members are up and show the whole history.
    bool is_whole() const;
    std::vector<RaftMember> members(NodeId node) const;
    std::vector<NodeId> nodes() const;
    const EventLog& log(NodeId node) const { return *at(node).log; }

    LedgerHistory& history() { return history_; }
    SimulatedTime& time() { return time_; }
    std::uint64_t snapshots_taken() const { return snapshots_taken_; }
    std::uint64_t trace() const { return trace_; }

private:
    struct Running;
    struct Node {
        NodeId id = no_node;
        std::unique_ptr<CrashingLog> log;
        std::unique_ptr<Running> running;  // while it is up
        std::uint64_t checked = 0;         // events of it that the history has seen
        std::uint64_t life = 0;            // counts starts and crashes
        Millis stalled_until{0};
        Millis clock_off{0};
    };

    Node& at(NodeId node) { return nodes_.at(node); }
    const Node& at(NodeId node) const { return nodes_.at(node); }
    // The same, if the node is still up then.
    void after(Millis delay, const Node& node, std::function<void(Node&)> action);
    void make_log(Node& node) const;
    void tick(Node& node);
    void work(Node& node);
    bool run_step(Node& node, ReplicaStep step);
    void finish(Node& node);
    void poll(Node& node);
    void send(Node& node, const RaftMessage& message);
    void arrive(NodeId from, const RaftMessage& message, std::optional<std::uint64_t> next_seq);
    void check(const Node& node, RaftAnswer answer);
    Millis network_delay();
    Millis disk_delay(const Node& node);

    LedgerClusterSettings settings_;
    SimulatedTime time_;
    std::map<NodeId, Node> nodes_;
    std::set<std::pair<NodeId, NodeId>> cuts_;
    unsigned lost_per_mille_ = 0;
    LedgerHistory history_;
    std::uint64_t snapshots_taken_ = 0, trace_ = 0;
};

}  // namespace keyledger
