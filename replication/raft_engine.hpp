#pragma once
// Consensus as a machine without thread, clock or I/O: ticks, messages and proposals go in, and
// what must be stored, sent and applied comes out in a RaftReady.
//
// The order that its owner keeps, for each ready:
//   1. send the messages that need not wait;
//   2. store snapshot, hard state and entries in one write, synced if `must_sync`;
//   3. when that is durable, send the other messages, and apply the committed entries in order;
//   4. `advance`. Only then is there another ready.
// Between 2 and 4 ticks, messages and proposals may go in.

#include "replication/raft_types.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyledger {

struct RaftSettings {
    NodeId node = no_node;
    // Without a leader for so many ticks, to twice as many, a node asks for votes.
    std::uint32_t election_ticks = 10;
    std::uint32_t heartbeat_ticks = 1;
    // One entry may be more.
    std::size_t message_entries_bytes_max = std::size_t{1} * 1024 * 1024;
    std::uint32_t messages_in_flight_max = 256;  // with entries, to one node
    // One entry may be more, if it is alone.
    std::size_t uncommitted_bytes_max = std::size_t{64} * 1024 * 1024;
    std::size_t entry_bytes_max = std::size_t{8} * 1024 * 1024;
};

// What is on the disk at a start.
struct RaftStored {
    HardState hard_state;
    std::uint64_t base_index = 0, base_term = 0;  // the entry before the first
    Members members;                              // as of `applied`
    std::vector<RaftEntry> entries;
    std::uint64_t applied = 0;
};

struct RaftMessage {
    NodeId to = no_node;
    bool after_sync = true;  // must not leave before its ready is durable
    // Not 0: the receiver wants the state as of this index beside the message; afterwards the
    // sender calls `report_snapshot`.
    std::uint64_t snapshot_index = 0;
    std::string bytes;  // for the receiver's `step`
};

// A read that was asked for with this context may be answered when `index` is applied.
struct ReadAnswer {
    std::string context;
    std::uint64_t index = 0;
};

struct CommittedEntry {
    RaftEntry entry;
    std::optional<MemberChange> change;  // of one of that kind
};

struct RaftReady {
    bool must_sync = false;
    std::optional<RaftSnapshot> snapshot;  // replaces log and state, which the owner has fetched
    std::optional<HardState> hard_state;
    std::vector<RaftEntry> entries;  // replace all in the log from the first's index on
    std::vector<CommittedEntry> committed;
    std::vector<RaftMessage> messages;
    std::vector<ReadAnswer> reads;
};

enum class RaftRole : std::uint8_t { follower, candidate, leader, pre_candidate };

struct RaftStatus {
    RaftRole role = RaftRole::follower;
    std::uint64_t term = 0;
    NodeId leader = no_node;
    std::uint64_t commit = 0, applied = 0;
    NodeId transferring_to = no_node;
    bool applied_own_term = false;  // what is applied reaches into the current term
};

enum class MemberState : std::uint8_t { probed, replicating, sent_snapshot };

struct RaftMember {
    NodeId node = no_node;
    bool is_learner = false;
    // As the leader knows them; of no meaning in another node.
    std::uint64_t match = 0;
    MemberState state = MemberState::probed;
    bool recently_active = false;
};

enum class [[nodiscard]] RaftAnswer : std::uint8_t{
    done,      not_leader,
    no_leader,  // nobody to ask
    busy,       // too much is uncommitted, leadership moves, or a change is under way
    refused,    // an argument is against the contract
    broken,     // see `failure`
};

// Lives on the ledger thread. A resource: it holds the engine and all that it remembers.
//
// An engine is broken by what must not be: a disk that lost what was acknowledged, another node
// that tells a different history. Each later call says so; the process should end.
class RaftEngine {
public:
    // The engine, or why what is stored can't be: then nothing may be taken for granted.
    static std::variant<RaftEngine, std::string> create(const RaftSettings& settings,
                                                        const RaftStored& stored);

    RaftEngine(RaftEngine&&) noexcept;
    RaftEngine& operator=(RaftEngine&&) noexcept;
    ~RaftEngine();

    RaftAnswer tick();
    // Asks for votes now, as a timeout would; not while a snapshot is being taken over.
    RaftAnswer campaign();
    // Refuses what is no message to this node from another one. What comes late, twice, or from no
    // member, changes nothing.
    RaftAnswer step(std::string_view message);
    // One entry, not empty; it may be lost without a word if leadership is.
    RaftAnswer propose(std::string_view data);
    // One member more or less, when the last change and an entry of this term are applied. A
    // learner can become a voter; a voter can't become a learner, and the last voter can't go.
    RaftAnswer propose_change(const MemberChange& change);
    // Confirmed by a majority, never by a clock. The context is of 1 to 64 bytes, and unique for
    // ever. The answer may not come: the caller has a deadline.
    RaftAnswer read_index(std::string_view context);
    RaftAnswer transfer(NodeId to);
    RaftAnswer report_unreachable(NodeId node);
    enum class SnapshotOutcome : std::uint8_t { failed, arrived };
    RaftAnswer report_snapshot(NodeId node, SnapshotOutcome outcome);
    // Forgets the entries up to this one, which is applied. Who needs them gets a snapshot.
    RaftAnswer compact(std::uint64_t through);

    // Nothing if there is nothing to do, a ready is under way, or the engine is broken.
    std::optional<RaftReady> take_ready();
    // Refused if no ready is under way.
    RaftAnswer advance();

    // Says nothing (all 0, no members) where the engine is broken.
    RaftStatus status() const;
    std::vector<RaftMember> members() const;
    // Why the engine is broken; empty if it is not.
    std::string failure() const;

private:
    explicit RaftEngine(std::uint64_t handle) : handle_(handle) {}

    std::uint64_t handle_ = 0;  // 0 once moved from
};

// Makes the choice of election timeouts repeatable; one source for all engines of the process.
void seed_elections(std::uint64_t seed);

}  // namespace keyledger
