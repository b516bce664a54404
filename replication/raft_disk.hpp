#pragma once
// The Raft log on the disk: entries, hard state and members, as rows of the family `raft`.
//
// Each row begins with a CRC-32, big end first, of its key and of what follows it:
//
//   "e" index:u64       term:u64 kind:u8 data        an entry
//   "bounds"            base index:u64 base term:u64 last index:u64
//   "hard_state"        term:u64 vote:u64 commit:u64
//   "members"           as of index:u64 voters:u32 learners:u32 id:u64...
//   "applied"           index:u64 next seq:u64       what the events beside the log hold
//
// The log holds the entries from base index + 1 to last index, all of them and no other. What is
// damaged or missing is a fault that names it; nothing is cut off in silence. Only a write-ahead
// log that lost its end is not noticed here: it shows an earlier state, whole in itself.

#include "ledger/log/event_log.hpp"
#include "replication/raft_engine.hpp"

#include <cstdint>
#include <optional>
#include <variant>

namespace keyledger {

// To be handed to EventLog::change, on whichever thread writes.
struct RaftWrite {
    RowChanges changes;
    Durability durability = Durability::deferred;
};

// Lives on the ledger thread, and reads only in `open`, `load` and `compact`. What the other calls
// return has to be written in the order of the calls; the answers here are of when all of it is.
// After a write that failed it is of no use: the process ends. `log` outlives it.
class RaftDisk {
public:
    // Of a node whose disk has none yet. `first` is where the log goes on from: for the first
    // voters of a cluster index 1 of term 1, with them as members; for a node that joins, nothing.
    // `next_seq` is that of the events as of it.
    static RaftWrite create(const RaftSnapshot& first, std::uint64_t next_seq);
    // Reads and checks all of it.
    static std::variant<RaftDisk, LogFault> open(const EventLog& log);

    // For the engine's start, when the state is that of `applied`, which the log reaches to.
    std::variant<RaftStored, LogFault> load(std::uint64_t applied) const;

    // Step 2 of a ready (raft_engine.hpp).
    RaftWrite store(const RaftReady& ready);
    // To be written with the state as of `index`, in the same change: the members as of it.
    Row store_members(const Members& members, std::uint64_t index);
    // To be written with the state as of `index`, in the same change.
    Row store_applied(std::uint64_t index, std::uint64_t next_seq);
    // Takes the entries up to this one away, which the log holds. To be written after the state of
    // that index or a later one.
    std::variant<RaftWrite, LogFault> compact(std::uint64_t through);

    std::uint64_t base_index() const { return bounds_.base_index; }
    std::uint64_t last_index() const { return bounds_.last_index; }
    const HardState& hard_state() const { return hard_state_; }
    const Members& members() const { return members_; }
    // The newest state that was stored: it may be older than what was applied since.
    std::uint64_t applied_index() const { return applied_index_; }
    std::uint64_t applied_next_seq() const { return applied_next_seq_; }

private:
    struct Bounds {
        std::uint64_t base_index = 0, base_term = 0, last_index = 0;
    };

    explicit RaftDisk(const EventLog& log) : log_(&log) {}
    std::optional<LogFault> read_rows();
    std::variant<std::vector<RaftEntry>, LogFault> read_entries() const;
    static Row row_of(const Bounds& bounds);
    void put_entries(const std::vector<RaftEntry>& entries, RowChanges& changes);

    const EventLog* log_;
    Bounds bounds_;
    HardState hard_state_;
    Members members_;
    std::uint64_t members_index_ = 0;
    std::uint64_t applied_index_ = 0, applied_next_seq_ = 0;
};

}  // namespace keyledger
