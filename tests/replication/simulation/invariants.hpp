#pragma once
// What must hold of a cluster at every moment, whatever fails. The first violation is kept.

#include "ledger/base/bytes.hpp"
#include "replication/raft_types.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace keyledger {

class Invariants {
public:
    // One leader a term.
    void leads(NodeId node, std::uint64_t term);
    // Where index and term are the same, the entry is.
    void stored(NodeId node, const RaftEntry& entry);
    // What was applied once, anywhere, is what every node applies at that index, for ever. `before`
    // is the node's state; returns the one after it.
    Digest applied(NodeId node, const RaftEntry& entry, const Digest& before);
    // A node took this state over, as of an index.
    void took_over(NodeId node, std::uint64_t index, const Digest& state);
    // A read sees all that was applied anywhere when it was asked for.
    void asked(const std::string& context) { asked_[context] = last_applied(); }
    void answered(const std::string& context, std::uint64_t index);

    void violated(std::string what);
    // Empty if there is none.
    const std::string& violation() const { return violation_; }

    // Of all nodes and times.
    std::uint64_t last_applied() const { return states_.empty() ? 0 : states_.rbegin()->first; }
    // As of an index that was applied.
    Digest state_at(std::uint64_t index) const { return states_.at(index); }
    // Where all begin.
    void begins(std::uint64_t index) { states_[index] = Digest{}; }
    std::uint64_t leaders() const { return leaders_.size(); }

private:
    std::map<std::uint64_t, NodeId> leaders_;                        // by term
    std::map<std::pair<std::uint64_t, std::uint64_t>, Digest> log_;  // by index and term
    std::map<std::uint64_t, Digest> states_;                         // by index
    std::map<std::string, std::uint64_t> asked_;                     // by context
    std::string violation_;
};

}  // namespace keyledger
