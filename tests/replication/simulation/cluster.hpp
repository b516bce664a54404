#pragma once
// A cluster in one process and one thread: real engines and real Raft logs, on a simulated clock,
// network and disk. The same seed gives the same run.

#include "replication/raft_disk.hpp"
#include "replication/raft_engine.hpp"
#include "tests/replication/simulation/invariants.hpp"
#include "tests/replication/simulation/simulated_disk.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {

using Millis = std::chrono::milliseconds;

// What is broken on purpose, to see that it is noticed.
enum class Mutation : std::uint8_t {
    none,
    no_wait_for_the_disk,  // sends, applies and goes on before anything is synced
    hard_state_not_kept,   // a start knows of term and vote only what the entries tell
};

struct ClusterSettings {
    std::uint64_t seed = 1;
    Mutation mutation = Mutation::none;
    std::size_t message_entries_bytes_max = 4096;
    // What is applied must be on the disks of a majority. Not while members change.
    bool count_copies = true;
};

class Cluster {
public:
    explicit Cluster(const ClusterSettings& settings);

    // A node with an empty disk, or with the log and hard state that it is given; not yet started.
    void add(NodeId node, const RaftSnapshot& first);
    void add(NodeId node, const RaftSnapshot& first, const std::vector<RaftEntry>& entries,
             HardState hard_state);
    // `count` voters, from 1 on, started.
    void add_voters(std::uint64_t count);

    void start(NodeId node);
    // Loses what was not synced, or not all of it.
    void crash(NodeId node);
    bool is_up(NodeId node) const { return at(node).engine.has_value(); }
    // Its disk finishes nothing before then.
    void stall(NodeId node, Millis duration) { at(node).stalled_until = now_ + duration; }

    // What `from` sends is lost before it reaches `to`.
    void cut(NodeId from, NodeId to) { cuts_.insert({from, to}); }
    void isolate(NodeId node);
    void mend();
    // Of a thousand messages, from now on.
    void set_lost_per_mille(unsigned lost) { lost_per_mille_ = lost; }
    // Sees each message when it is sent, and answers whether it goes out.
    using Watch = std::function<bool(NodeId from, const RaftMessage& message)>;
    void set_watch(Watch watch) { watch_ = std::move(watch); }
    // As if it came now; once more, or long after it was sent.
    void deliver(const RaftMessage& message);

    // The clock stops early where an invariant is violated.
    void run_for(Millis duration);
    // False if it has not come to be after that long.
    bool run_until(const std::function<bool()>& condition, Millis limit);

    RaftAnswer propose(NodeId node, const std::string& data);
    RaftAnswer propose_change(NodeId node, const MemberChange& change);
    RaftAnswer transfer(NodeId node, NodeId to);
    RaftAnswer read(NodeId node);
    // Forgets the entries up to what is applied.
    void compact(NodeId node);

    // The leader of the latest term, if it is up and an entry of that term is applied there.
    std::optional<NodeId> leader() const;
    // There is a leader, and each of its members is up and has applied all that any node has.
    bool is_whole() const;

    RaftStatus status(NodeId node) const { return at(node).engine->status(); }
    std::vector<RaftMember> members(NodeId node) const { return at(node).engine->members(); }
    std::uint64_t last_stored(NodeId node) const { return at(node).log->last_index(); }
    std::uint64_t base_stored(NodeId node) const { return at(node).log->base_index(); }
    std::uint64_t applied(NodeId node) const { return at(node).applied; }
    std::vector<NodeId> nodes() const;
    std::uint64_t read_answers() const { return read_answers_; }

    Invariants& invariants() { return invariants_; }
    const Invariants& invariants() const { return invariants_; }
    // Of all that happened.
    std::uint64_t trace() const { return trace_; }
    Millis now() const { return now_; }
    std::mt19937_64& random() { return random_; }
    void at_time(Millis delay, std::function<void()> action);

private:
    struct Writing {
        RaftReady ready;
        RaftWrite write;
    };
    struct Node {
        NodeId id = no_node;
        std::unique_ptr<SimulatedDisk> disk = std::make_unique<SimulatedDisk>();
        // While it is up.
        std::optional<RaftDisk> log;
        std::optional<RaftEngine> engine;
        std::optional<Writing> writing;
        std::map<std::uint64_t, Digest> incoming;  // states that came beside snapshots
        std::uint64_t applied = 0;
        Digest state{};
        Members members;
        // Counts starts and crashes: what was under way before is void.
        std::uint64_t life = 0;
        Millis stalled_until{0};
    };
    struct Event {
        Millis time;
        std::uint64_t number;
        std::function<void()> action;
        bool operator<(const Event& other) const {
            return std::pair(time, number) > std::pair(other.time, other.number);
        }
    };

    Node& at(NodeId node) { return nodes_.at(node); }
    const Node& at(NodeId node) const { return nodes_.at(node); }
    bool step();
    // The same, if the node is still up then.
    void at_time(Millis delay, const Node& node, std::function<void(Node&)> action);

    void tick(Node& node);
    void work(Node& node);
    void finish(Node& node);
    void send(Node& node, const RaftMessage& message);
    void report(const Node& node, const RaftMessage& message, RaftEngine::SnapshotOutcome outcome);
    void arrive(NodeId from, const RaftMessage& message, const std::optional<Digest>& state);
    void apply(Node& node, const RaftReady& ready, RowChanges& changes);
    void count_copies(const Node& node, const RaftEntry& entry);
    void check(Node& node, RaftAnswer answer);
    void note(std::uint64_t value);
    Millis network_delay();
    Millis disk_delay(const Node& node);

    ClusterSettings settings_;
    std::mt19937_64 random_;
    Millis now_{0};
    std::uint64_t events_ = 0;
    std::priority_queue<Event> queue_;
    std::map<NodeId, Node> nodes_;
    std::set<std::pair<NodeId, NodeId>> cuts_;
    unsigned lost_per_mille_ = 0;
    Watch watch_;
    Invariants invariants_;
    std::uint64_t reads_ = 0, read_answers_ = 0;
    std::uint64_t trace_ = 0;
    bool members_change_ = false;
};

}  // namespace keyledger
