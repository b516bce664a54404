#pragma once
// The heads of all keys' streams as one tree, so that its root proves what a key's history has
// come to, and that a key does not exist.
//
//   entry := key id:16 revision:u64be last_seq:u64be total:u64be
//
// A leaf a key, in the order of their ids; an RFC 9162 tree over the entries. `revision` counts the
// key's life-cycle events, `last_seq` is its newest event of any kind, `total` how many checks of
// it were counted.

#include "ledger/proof/merkle_tree.hpp"
#include "ledger/stored/leaf_links.hpp"
#include "projections/chains.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keyledger {

// What one leaf says.
struct StreamTip {
    KeyId key;
    std::uint64_t revision = 0;
    std::uint64_t last_seq = 0;
    std::uint64_t total = 0;
    friend bool operator==(const StreamTip&, const StreamTip&) = default;
};

std::string entry_of(const StreamTip& tip);

// The tips as of one event, and their tree. A value.
class StreamHeads {
public:
    StreamHeads() = default;

    std::uint64_t keys() const { return tips_.size(); }
    Digest root() const;

    const StreamTip& tip(std::uint64_t position) const { return tips_[position]; }
    // The position of the first tip whose key is not before `key`; keys() if there is none.
    std::uint64_t position_of(const KeyId& key) const;
    // For the leaf at `position`, in the tree of keys() leaves.
    Proof proof(std::uint64_t position) const;

    // These with other tips in place of, and between, those that are there; only what differs is
    // hashed.
    StreamHeads with(const std::map<KeyId, StreamTip>& changed) const;
    // The same in place, for whoever has them alone: takes the time of what differs, unless a new
    // key comes between others.
    void change(const std::map<KeyId, StreamTip>& changed);

private:
    void change_leaf(const StreamTip& tip);
    std::optional<Digest> subtree(Subtree subtree) const;

    std::vector<StreamTip> tips_;              // by key
    std::vector<std::vector<Digest>> levels_;  // perfect subtrees, leaves first
};

// Follows the events of a ledger. Lives on one thread.
class StreamHeadsKeeper {
public:
    // `tips` are those as of the event before `next_seq`.
    StreamHeadsKeeper(const std::map<KeyId, StreamTip>& tips, std::uint64_t next_seq)
        : heads_(std::make_shared<const StreamHeads>(StreamHeads().with(tips))),
          next_seq_(next_seq) {}

    void add(const LeafLinks& links);
    // Whether anything was added that is of a key since the last `seal`.
    bool is_changed() const { return !changed_.empty(); }
    std::uint64_t next_seq() const { return next_seq_; }

    // As of the event added last. Never null.
    std::shared_ptr<const StreamHeads> seal();

private:
    StreamTip& changed_tip(const KeyId& key);

    std::shared_ptr<const StreamHeads> heads_;
    std::uint64_t next_seq_;
    std::map<KeyId, StreamTip> changed_;
};

}  // namespace keyledger
