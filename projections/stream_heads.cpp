#include "projections/stream_heads.hpp"

#include "ledger/base/bytes.hpp"

#include <algorithm>
#include <utility>

namespace keyledger {
namespace {

// The nodes above `below`, those of `before` where neither child has changed. `changed` is that of
// `below`, and becomes that of the result.
std::vector<Digest> level_above(const std::vector<Digest>& below, const std::vector<Digest>& before,
                                std::vector<bool>& changed) {
    std::vector<Digest> above(below.size() / 2);
    std::vector<bool> changed_above(above.size());
    for (std::size_t i = 0; i < above.size(); ++i) {
        const bool same = i < before.size() && !changed[2 * i] && !changed[2 * i + 1];
        above[i] = same ? before[i] : node_hash(below[2 * i], below[2 * i + 1]);
        changed_above[i] = !same;
    }
    changed = std::move(changed_above);
    return above;
}

}  // namespace

std::string entry_of(const StreamTip& tip) {
    std::string entry(reinterpret_cast<const char*>(tip.key.uuid.data()), tip.key.uuid.size());
    append_u64(entry, tip.revision);
    append_u64(entry, tip.last_seq);
    append_u64(entry, tip.total);
    return entry;
}

Digest StreamHeads::root() const {
    const auto range =
        CompactRange::read(keys(), [this](Subtree wanted) { return subtree(wanted); });
    return range->root();
}

std::uint64_t StreamHeads::position_of(const KeyId& key) const {
    // Ids grow with time, so that a new key mostly comes at the end.
    if (tips_.empty() || tips_.back().key < key) return keys();
    const auto found = std::ranges::lower_bound(tips_, key, {}, &StreamTip::key);
    return static_cast<std::uint64_t>(found - tips_.begin());
}

Proof StreamHeads::proof(std::uint64_t position) const {
    return *inclusion_proof({position, keys()}, [this](Subtree wanted) { return subtree(wanted); });
}

std::optional<Digest> StreamHeads::subtree(Subtree subtree) const {
    if (subtree.level >= levels_.size() || subtree.index >= levels_[subtree.level].size())
        return {};
    return levels_[subtree.level][subtree.index];
}

StreamHeads StreamHeads::with(const std::map<KeyId, StreamTip>& changed) const {
    StreamHeads heads;
    heads.tips_.reserve(tips_.size() + changed.size());
    std::vector<Digest> leaves;
    std::vector<bool> differs;
    leaves.reserve(tips_.size() + changed.size());
    const auto put = [&](const StreamTip& tip, const Digest& leaf) {
        const std::size_t place = leaves.size();
        differs.push_back(place >= tips_.size() || levels_[0][place] != leaf);
        heads.tips_.push_back(tip);
        leaves.push_back(leaf);
    };
    std::size_t old = 0;
    for (const auto& [key, tip] : changed) {
        for (; old < tips_.size() && tips_[old].key < key; ++old) put(tips_[old], levels_[0][old]);
        if (old < tips_.size() && tips_[old].key == key) ++old;
        put(tip, leaf_hash(entry_of(tip)));
    }
    for (; old < tips_.size(); ++old) put(tips_[old], levels_[0][old]);
    heads.levels_.push_back(std::move(leaves));
    static const std::vector<Digest> none;
    while (heads.levels_.back().size() > 1) {
        const std::size_t level = heads.levels_.size();
        heads.levels_.push_back(level_above(
            heads.levels_.back(), level < levels_.size() ? levels_[level] : none, differs));
    }
    return heads;
}

void StreamHeads::change(const std::map<KeyId, StreamTip>& changed) {
    const auto is_new = [this](const KeyId& key) {
        const std::uint64_t place = position_of(key);
        return place == keys() || tips_[place].key != key;
    };
    for (const auto& [key, tip] : changed) {
        const bool is_between = !tips_.empty() && key < tips_.back().key;
        if (is_between && is_new(key)) {
            *this = with(changed);
            return;
        }
    }
    for (const auto& of_key : changed) change_leaf(of_key.second);
}

// Its key is there, or comes after all that are.
void StreamHeads::change_leaf(const StreamTip& tip) {
    if (levels_.empty()) levels_.emplace_back();
    std::size_t place = position_of(tip.key);
    const Digest leaf = leaf_hash(entry_of(tip));
    if (place == tips_.size()) {
        tips_.push_back(tip);
        levels_[0].push_back(leaf);
    } else {
        tips_[place] = tip;
        levels_[0][place] = leaf;
    }
    for (std::size_t level = 0; (place | 1) < levels_[level].size(); ++level) {
        const std::vector<Digest>& below = levels_[level];
        const Digest node = node_hash(below[place & ~std::size_t{1}], below[place | 1]);
        place /= 2;
        if (level + 1 == levels_.size()) levels_.emplace_back();
        std::vector<Digest>& above = levels_[level + 1];
        if (place == above.size()) {
            above.push_back(node);
        } else {
            above[place] = node;
        }
    }
}

StreamTip& StreamHeadsKeeper::changed_tip(const KeyId& key) {
    const auto [found, is_new] = changed_.try_emplace(key, StreamTip{.key = key});
    if (!is_new) return found->second;
    const std::uint64_t position = heads_->position_of(key);
    if (position < heads_->keys() && heads_->tip(position).key == key)
        found->second = heads_->tip(position);
    return found->second;
}

void StreamHeadsKeeper::add(const LeafLinks& links) {
    if (links.stream.kind == StreamKind::key) {
        StreamTip& tip = changed_tip(links.stream.key);
        tip.revision = links.stream_revision;
        tip.last_seq = links.seq;
    }
    for (const UseLink& use : links.uses) {
        StreamTip& tip = changed_tip(use.key);
        tip.last_seq = links.seq;
        tip.total = use.total;
    }
    next_seq_ = links.seq + 1;
}

std::shared_ptr<const StreamHeads> StreamHeadsKeeper::seal() {
    if (is_changed()) heads_ = std::make_shared<const StreamHeads>(heads_->with(changed_));
    changed_.clear();
    return heads_;
}

}  // namespace keyledger
