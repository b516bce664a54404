#pragma once
// What the Raft engine and the log beneath it speak of: values, which own their bytes.
//
// `index` is an entry's place in the Raft log, from 1 on; it is no `seq`. `term` counts elections.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keyledger {

// Random, from 1 on, and never used again, not even by the same machine with another disk.
enum class NodeId : std::uint64_t {};
inline constexpr NodeId no_node{0};

// Voters and learners together.
inline constexpr std::size_t members_max = 128;

// Who is in the cluster, each list by id.
struct Members {
    std::vector<NodeId> voters, learners;
    bool operator==(const Members&) const = default;
};

enum class ChangeKind : std::uint8_t { add_voter, remove, add_learner };

struct MemberChange {
    ChangeKind kind = ChangeKind::add_voter;
    NodeId node = no_node;
    bool operator==(const MemberChange&) const = default;
};

// The members after a change that was committed. One that is so already stays so.
Members changed(Members members, const MemberChange& change);

// What a node has promised: it votes once a term, and never goes back to an earlier one.
struct HardState {
    std::uint64_t term = 0;
    NodeId vote = no_node;
    std::uint64_t commit = 0;
    bool operator==(const HardState&) const = default;
};

enum class EntryKind : std::uint8_t { normal, change };

struct RaftEntry {
    std::uint64_t index = 0, term = 0;
    EntryKind kind = EntryKind::normal;
    std::string data;  // of a change: in the engine's own form. Empty: a new leader's mark
    bool operator==(const RaftEntry&) const = default;
};

// A place in the log, and who was in the cluster there. The state as of it travels apart.
struct RaftSnapshot {
    std::uint64_t index = 0, term = 0;
    Members members;
    bool operator==(const RaftSnapshot&) const = default;
};

}  // namespace keyledger
