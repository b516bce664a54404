#pragma once
// One node's part in a cluster: engine, Raft log, events and tables as one machine, without thread,
// clock or network. Ticks, messages and decided batches go in; what is to be written and sent comes
// out, one write at a time, and what is committed is applied.
//
// An entry that changes the ledger is stored twice, and synced once: in the Raft log, before it
// counts; and, when it is committed, as events, rows and the "applied" row in one write, which is
// synced with the next that is. After a crash the entries after "applied" are applied again.
//
// The order that its owner keeps:
//   1. `begin`, after anything was put in: a step, if there is one to do;
//   2. send what may go at once; `write`, on whichever thread waits for the disk; send the rest;
//   3. `finish`. Only then is there another step.
// Between 2 and 3 anything may be put in; nobody else writes to the log.

#include "ledger/base/random.hpp"
#include "ledger/log/event_log.hpp"
#include "ledger/proof/merkle_tree.hpp"
#include "projections/tables.hpp"
#include "replication/applier.hpp"
#include "replication/commit_log.hpp"
#include "replication/entry_codec.hpp"
#include "replication/growing_batch.hpp"
#include "replication/raft_disk.hpp"
#include "replication/raft_engine.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keyledger {

struct ReplicaSettings {
    RaftSettings raft;
    // Of applied entries, on the disk and in memory, for nodes that are behind. At either the older
    // half goes: who needs that is sent the events instead.
    std::size_t entries_kept_max = 10'000;
    std::size_t bytes_kept_max = std::size_t{64} * 1024 * 1024;
};

// One write, and what goes out around it. Lasts until `finish`.
struct ReplicaStep {
    std::vector<RaftMessage> at_once, after_write;
    RaftWrite change;
    LogBatch* state = nullptr;  // events that another node had, with the change in it
    std::optional<LogFault> fault;

    bool writes() const;
    // Any thread. Waits for the disk.
    std::optional<LogFault> write(EventLog& log);
};

// Events that another node has, for one that is too far behind for entries.
struct FetchedState {
    std::uint64_t first_seq = 0;
    std::vector<StoredEvent> events;
};

// Lives on the ledger thread, but for a step's `write`. A fault is final: the process ends, and the
// next start repairs. All outlive it.
class Replica {
public:
    // For a log that no cluster has written to: the only voter of a new one.
    static RaftWrite found_cluster(const EventLog& log, NodeId node);

    // The tables are those of all events in the log. `signed_before` is the newest checkpoint that
    // this node has signed or seen: where events and Raft log together do not extend it, that is
    // said, and nothing is begun.
    static std::variant<std::unique_ptr<Replica>, LogFault> open(
        EventLog& log, Tables& tables, Applier& applier, Random& random,
        const ReplicaSettings& settings, const std::optional<TreeHead>& signed_before);

    // For ticks, messages, changes of members, transfers and reports.
    RaftEngine& engine() { return engine_; }
    const RaftEngine& engine() const { return engine_; }

    // It leads, the tables show all that was ever committed, and no batch is in flight.
    bool may_decide() const;
    // A batch that was decided while may_decide() held, with nothing put in or finished since. It
    // lasts until `ended` was called, which may be at once, and else is in `begin` or `finish`. One
    // without events is committed when a majority has confirmed that nobody else leads.
    void propose(GrowingBatch& batch, std::function<void(CommitOutcome)> ended);

    std::optional<ReplicaStep> begin();
    std::optional<LogFault> finish();

    // The seq after the state as of an index that this node sends a snapshot of.
    std::optional<std::uint64_t> next_seq_at(std::uint64_t index) const;
    // What a snapshot's sender has, from this log's next_seq() to its next_seq_at(index): before
    // the snapshot's message is put in.
    void take_state(std::uint64_t index, FetchedState state);

    const Members& members() const { return disk_.members(); }
    std::uint64_t applied() const { return kept_.back().index; }
    std::uint64_t entries_from() const { return disk_.base_index() + 1; }

private:
    struct InFlight {
        GrowingBatch* batch;
        std::function<void(CommitOutcome)> ended;
        Proposer proposer;
        std::uint64_t term;
        std::optional<std::uint64_t> confirmed_at;  // index, of a batch without events
    };
    struct Kept {
        std::uint64_t index;
        std::size_t bytes;
        std::optional<std::uint64_t> next_seq;  // after it, if this start knows
    };

    Replica(EventLog& log, const Tables& tables, Applier& applier, Random& random, RaftDisk disk,
            RaftEngine engine, const ReplicaSettings& settings, const RaftStored& stored);

    bool is_voter() const;
    void hand_over_if_removed();
    std::string context_of(const Proposer& proposer) const;
    void end(CommitOutcome outcome);
    void settle();
    void prepare_state(ReplicaStep& step);
    std::optional<LogFault> apply(const CommittedEntry& committed);
    std::optional<LogFault> apply_change(const MemberChange& change, std::uint64_t index);
    std::optional<LogFault> apply_batch(const RaftEntry& entry);
    std::optional<LogFault> append(GrowingBatch& batch, std::uint64_t index);
    void keep(std::uint64_t index, std::size_t bytes);
    std::optional<LogFault> compact_if_long();

    EventLog& log_;
    Applier& applier_;
    RaftDisk disk_;
    RaftEngine engine_;
    const ReplicaSettings settings_;
    std::uint64_t boot_ = 0, proposals_ = 0;
    GrowingBatch received_;
    std::optional<InFlight> in_flight_;
    std::optional<RaftReady> ready_;  // of the step under way
    std::map<std::uint64_t, FetchedState> fetched_;  // by index, until that is applied
    std::deque<Kept> kept_;  // from the base of the log to what is applied
    std::size_t kept_bytes_ = 0;
};

}  // namespace keyledger
