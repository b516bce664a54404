#pragma once
/*
 * The Raft engine: consensus as a machine that does nothing by itself. It has no thread, no clock and
 * no I/O. Ticks, messages and proposals go in; what must be stored, sent and applied comes out in a
 * `engine_ready`. Whoever stands above it knows this header and nothing of what is behind it (etcd's
 * raft.RawNode, in Go).
 *
 * The order that the caller keeps, for each ready:
 *   1. send the messages with `after_sync` 0, at any time;
 *   2. store snapshot, hard state and entries, in that order, in one write; synced if `must_sync`;
 *   3. when that is durable, send the other messages, and apply the committed entries in order;
 *   4. engine_advance. Only then may the next ready be taken.
 * Between 2 and 4 ticks, messages and proposals may go in.
 *
 * Threads: calls for one engine come from one thread at a time; different engines are independent.
 * Memory: what is passed in is copied before the call returns. What a ready points to belongs to the
 * engine and lasts until engine_advance or engine_destroy.
 * Units: time in ticks, whatever the caller makes of them; sizes in bytes. Node ids and indexes are
 * from 1 on; 0 is none.
 * Faults: the library panics where its invariants are broken, such as by a disk that lost what was
 * acknowledged. That is caught here: the call, and every later one, answers engine_broken, and
 * engine_failure says why. Nothing may be concluded from a broken engine; the process should end.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Voters and learners together. */
#define ENGINE_MEMBERS_MAX 128
#define ENGINE_READ_CONTEXT_BYTES_MAX 64

enum {
    engine_done = 0,
    engine_not_leader = 1, /* the call is for a leader */
    engine_no_leader = 2,  /* nobody to ask */
    engine_busy = 3,       /* too much is uncommitted, leadership moves, or a change is under way */
    engine_refused = 4,    /* an argument is against the contract */
    engine_broken = 5,
};

enum { engine_follower = 0, engine_candidate = 1, engine_leader = 2, engine_pre_candidate = 3 };
enum { engine_entry_normal = 0, engine_entry_change = 1 };
enum { engine_add_voter = 0, engine_remove = 1, engine_add_learner = 2 };
enum { engine_probe = 0, engine_replicate = 1, engine_snapshot_sent = 2 };

typedef struct {
    uint8_t* data;
    size_t size;
} engine_bytes;

typedef struct {
    uint64_t* ids;
    size_t count;
} engine_nodes;

typedef struct {
    uint64_t node;
    uint32_t election_ticks;  /* without a leader for so long to twice that, a node asks for votes */
    uint32_t heartbeat_ticks; /* less than that */
    uint64_t message_entries_bytes_max; /* of entries in a message; one entry may be more */
    uint32_t messages_in_flight_max;    /* with entries, to one node */
    uint64_t uncommitted_bytes_max;     /* one entry may be more, if it is alone */
    uint64_t entry_bytes_max;
} engine_config;

typedef struct {
    uint64_t term, vote, commit;
} engine_hard_state;

typedef struct {
    uint64_t index, term;
    uint32_t kind;
    engine_bytes data; /* as it was proposed, or the engine's own form of a change */
    /* Of a change; filled in among the committed entries of a ready only. */
    uint32_t change;
    uint64_t change_node;
} engine_entry;

typedef struct {
    uint64_t index, term;
    engine_nodes voters, learners;
} engine_snapshot;

/* What is on the disk at a start. `base` is the newest entry that is no longer there, or the snapshot
 * that the log goes on from, with the members as of `applied`; 0 in a node that is new. */
typedef struct {
    engine_hard_state hard_state;
    engine_snapshot base;
    engine_entry* entries; /* base.index + 1, base.index + 2, ... */
    size_t entries_count;
    uint64_t applied;
} engine_stored;

typedef struct {
    uint64_t to;
    int32_t after_sync; /* 1: must not leave before this ready is durable */
    /* Not 0: the receiver wants the state as of this index, which goes beside the message; afterwards
     * the sender calls engine_report_snapshot. */
    uint64_t snapshot_index;
    engine_bytes bytes; /* for the receiver's engine_step */
} engine_message;

/* A read that was asked for with this context may be answered when `index` is applied. */
typedef struct {
    engine_bytes context;
    uint64_t index;
} engine_read;

typedef struct {
    int32_t must_sync;
    int32_t has_hard_state, has_snapshot;
    engine_hard_state hard_state;
    engine_snapshot snapshot; /* replaces the log and the state, which the caller has fetched */
    engine_entry* entries;    /* the first may be in the log already: all from there on is replaced */
    size_t entries_count;
    engine_entry* committed;
    size_t committed_count;
    engine_message* messages;
    size_t messages_count;
    engine_read* reads;
    size_t reads_count;
} engine_ready;

typedef struct {
    uint64_t term, leader, commit, applied;
    uint64_t transferring_to;
    uint32_t role;
    int32_t applied_own_term; /* what is applied reaches into the current term */
} engine_status;

typedef struct {
    uint64_t node;
    uint64_t match; /* that far its log is known to be the leader's; 0 from other than a leader */
    uint32_t state;
    int32_t is_learner, recently_active;
} engine_member;

/* In start.c. Starts the runtime behind all this; to be called before any other call, on any thread,
 * as often as one likes. No signal's disposition is changed, and its threads take none. */
void engine_start(void);

/* Makes the choice of election timeouts repeatable; one source for all engines of the process. */
void engine_seed(uint64_t seed);

/* engine_done and a new engine, or engine_refused and why, ended by a zero byte. */
int32_t engine_create(engine_config config, engine_stored stored, uint64_t* engine, char* why,
                      size_t why_size);
void engine_destroy(uint64_t engine);
/* Why the engine is broken; empty if it is not. */
void engine_failure(uint64_t engine, char* why, size_t why_size);

int32_t engine_tick(uint64_t engine);
/* Asks for votes now, as a timeout would; not while a snapshot is being taken over. */
int32_t engine_campaign(uint64_t engine);
/* Refuses what is no message to this node from another one. What comes late, twice or from a node
 * that is no member is done: it changes nothing. */
int32_t engine_step(uint64_t engine, engine_bytes message);
/* One entry; it may be lost without a word if leadership is. Not empty: that is the leader's own. */
int32_t engine_propose(uint64_t engine, engine_bytes data);
/* One member more or less, and only when the last change and an entry of this term are applied. A
 * learner can become a voter; a voter can't become a learner, and the last voter can't go. */
int32_t engine_propose_change(uint64_t engine, uint32_t change, uint64_t node);
/* Confirmed by a majority, never by a clock. The context is unique for ever. The answer may not come:
 * the caller has a deadline. */
int32_t engine_read_index(uint64_t engine, engine_bytes context);
int32_t engine_transfer(uint64_t engine, uint64_t to);
int32_t engine_report_unreachable(uint64_t engine, uint64_t node);
int32_t engine_report_snapshot(uint64_t engine, uint64_t node, int32_t arrived);

/* 1 if engine_take_ready would give anything; 0 also while a ready is under way. */
int32_t engine_has_ready(uint64_t engine);
/* Refused while a ready is under way. */
int32_t engine_take_ready(uint64_t engine, engine_ready* ready);
/* Refused if no ready is under way. */
int32_t engine_advance(uint64_t engine);
/* Forgets the entries up to this one, which is applied. Who needs them gets a snapshot. */
int32_t engine_compact(uint64_t engine, uint64_t through);

int32_t engine_get_status(uint64_t engine, engine_status* status);
/* `members` has room for ENGINE_MEMBERS_MAX; by id. */
int32_t engine_get_members(uint64_t engine, engine_member* members, size_t* count);

#ifdef __cplusplus
}
#endif
