#pragma once
// All that is known, in memory, as the events have made it: what checks and lists are answered
// from.

#include "ledger/rules/event.hpp"
#include "ledger/rules/key_state.hpp"
#include "ledger/rules/workspace.hpp"
#include "projections/growing_list.hpp"
#include "projections/pointer_index.hpp"
#include "projections/rate_cell.hpp"
#include "projections/reclaimer.hpp"
#include "projections/use_tail.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

struct WorkspaceEntry;

// One key. Entries stay where they are as long as the tables; what they point to is replaced, never
// changed, so that a reader sees a whole record or another whole record.
struct KeyEntry {
    KeyEntry(const KeyId& key, WorkspaceEntry& of) : id(key), workspace(of) {}
    ~KeyEntry();

    const KeyId id;
    WorkspaceEntry& workspace;
    std::atomic<const KeyState*> state{nullptr};
    std::atomic<const KeyUse*> use{nullptr};
    mutable RateCell rate;  // counted by the threads that check

    // The writer's own.
    std::uint64_t loaded_seq = 0;  // a snapshot's record holds all events up to here
    bool stale_hash = false;
    std::array<std::uint64_t, 2> hash{};
};

struct WorkspaceEntry {
    explicit WorkspaceEntry(std::string name) : slug(std::move(name)) {}
    ~WorkspaceEntry();

    const std::string slug;
    std::atomic<const WorkspaceState*> state{nullptr};
    GrowingList<KeyEntry> keys;  // in the order of their creation

    std::uint64_t loaded_seq = 0;
};

// Where a stream ends: what its next event will name.
struct StreamHead {
    std::uint64_t revision = 0;
    Digest leaf{};
    friend bool operator==(const StreamHead&, const StreamHead&) = default;
};

// What is known of a node's newest start.
struct NodeRun {
    std::uint64_t boot = 0;
    std::uint64_t last_flush = 0;
    Timestamp last_counted{};  // the newest use that a flush has told of, or the start
    bool stopped = true;       // it said that it stopped
    friend bool operator==(const NodeRun&, const NodeRun&) = default;
};

// Who is counting here: uses of this node's present start were put into the rate windows when they
// were answered, and are not added again when their event is applied.
struct OwnRun {
    std::uint64_t node = 0;
    std::uint64_t boot = 0;
};

// Written by the ledger thread alone (apply, publish, the load_ functions). Read by any thread:
// hold a `read()` as long as anything that came from a look-up is in use.
class Tables {
public:
    Tables();
    ~Tables();
    Tables(const Tables&) = delete;
    Tables& operator=(const Tables&) = delete;

    // --- any thread ---
    ReadGuard read() const { return ReadGuard(reclaimer_); }
    const KeyEntry* find_key(const KeyId& id) const;
    // The key one of whose secrets, ended or not, has that digest.
    const KeyEntry* find_digest(const Digest& digest) const;
    const WorkspaceEntry* find_workspace(std::string_view slug) const;
    const GrowingList<WorkspaceEntry>& workspaces() const { return workspace_list_; }
    // The newest event that a look-up after this call surely reflects; 0 if there is none yet.
    std::uint64_t applied() const { return applied_.load(); }
    // The newest event's time: decisions take max(wall clock, this), so that a clock set back
    // revives nothing.
    Timestamp ledger_time() const {
        return Timestamp(Duration(ledger_time_.load(std::memory_order_acquire)));
    }
    // True while any key was imported: then a token's checksum has no say.
    bool has_imported() const { return imported_.load(std::memory_order_acquire); }
    // The newest uses, which no row of the log tells of yet.
    const UseTail& use_tail() const { return use_tail_; }
    UseTail& use_tail() { return use_tail_; }
    std::uint64_t keys_count() const { return keys_count_.load(std::memory_order_relaxed); }

    // --- the ledger thread ---
    // `event` is the one at next_seq(); anything else is a bug. Shows at once; counts as applied
    // from `publish` on, after the whole batch.
    void apply(const Event& event, const Digest& leaf);
    void publish();
    std::uint64_t next_seq() const { return next_seq_; }
    void set_own_run(OwnRun own) { own_ = own; }
    OwnRun own_run() const { return own_; }
    const StreamHead& head(StreamKind kind) const { return heads_[static_cast<std::size_t>(kind)]; }
    const std::map<std::uint64_t, NodeRun>& runs() const { return runs_; }

    // Of the committed state of all keys and workspaces, without erasable values, uses not yet
    // committed or rate windows: equal on every node, and after every replay. As 32 hexadecimal
    // digits.
    std::string digest();

    // --- from a snapshot, before any apply ---
    struct Base {
        std::uint64_t next_seq = 0;
        Timestamp ledger_time{};
        std::array<StreamHead, 4> heads;
        std::map<std::uint64_t, NodeRun> runs;
        friend bool operator==(const Base&, const Base&) = default;
    };
    Base base() const;
    void load_base(const Base& base);
    // Workspaces in the order of their creation, then keys likewise.
    void load_workspace(WorkspaceState state);
    void load_key(KeyState state, KeyUse use, std::uint64_t rate_bits);
    // Keys in the order of their creation over all workspaces, for a snapshot.
    const std::deque<KeyEntry>& keys() const { return keys_; }

private:
    WorkspaceEntry& workspace_entry(std::string_view slug);
    WorkspaceEntry& add_workspace(WorkspaceState state);
    KeyEntry& add_key(KeyState state, KeyUse use);
    KeyEntry& key_entry(const KeyId& id);
    void index_secret(KeyEntry& entry, const Digest& digest);
    void set_state(KeyEntry& entry, KeyState state);
    void set_use(KeyEntry& entry, const KeyUse& use);
    void apply_created(const Event& event, const KeyCreated& created, const Digest& leaf);
    void apply_life_cycle(const Event& event, const KeyId& id, const Digest& leaf);
    void apply_workspace(const Event& event, const std::string& slug);
    void apply_uses(const Event& event, const KeysUsed& used);
    void apply_run(const Event& event);

    mutable Reclaimer reclaimer_;
    std::deque<KeyEntry> keys_;
    std::deque<WorkspaceEntry> workspaces_;
    GrowingList<WorkspaceEntry> workspace_list_;
    PointerIndex<KeyEntry> by_id_{reclaimer_};
    PointerIndex<KeyEntry> by_digest_{reclaimer_};
    PointerIndex<WorkspaceEntry> by_slug_{reclaimer_, 64};
    UseTail use_tail_;
    std::atomic<std::uint64_t> applied_{0};
    std::atomic<std::int64_t> ledger_time_{0};
    std::atomic<bool> imported_{false};
    std::atomic<std::uint64_t> keys_count_{0};

    std::uint64_t next_seq_ = 0;
    OwnRun own_;
    std::array<StreamHead, 4> heads_{};
    std::map<std::uint64_t, NodeRun> runs_;
    std::vector<KeyEntry*> stale_hashes_;
    std::array<std::uint64_t, 2> keys_hash_{};
};

}  // namespace keyledger
