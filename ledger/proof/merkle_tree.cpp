#include "ledger/proof/merkle_tree.hpp"

#include "ledger/base/sha256.hpp"

#include <bit>
#include <cassert>
#include <utility>

namespace keyledger {
namespace {

constexpr std::string_view leaf_prefix("\x00", 1);
constexpr std::string_view node_prefix("\x01", 1);

// The root over neighbouring subtrees, of which each is smaller than the one before it.
Digest fold(const std::vector<Digest>& roots) {
    if (roots.empty()) return empty_root();
    Digest root = roots.back();
    for (std::size_t i = roots.size() - 1; i-- > 0;) root = node_hash(roots[i], root);
    return root;
}

// The leaves from `begin` up to, not including, `end`. In every range made here `begin` is a
// multiple of the smallest power of two that is not below the range's width.
struct LeafRange {
    std::uint64_t begin;
    std::uint64_t end;

    std::uint64_t width() const { return end - begin; }
    // Where RFC 6962 divides it; the width is at least 2.
    std::uint64_t middle() const { return begin + std::bit_floor(width() - 1); }
};

// The roots of the perfect subtrees that make up `range`, largest first.
std::optional<std::vector<Digest>> perfect_roots(LeafRange range, const SubtreeReader& subtree) {
    std::vector<Digest> roots;
    while (range.width() > 0) {
        const auto level = static_cast<unsigned>(std::bit_width(range.width()) - 1);
        const std::optional<Digest> root = subtree({.level = level, .index = range.begin >> level});
        if (!root) return std::nullopt;
        roots.push_back(*root);
        range.begin += std::uint64_t{1} << level;
    }
    return roots;
}

// The hashes of `ranges` from the last to the first: proofs are found from the root's side and
// written from the leaf's.
std::optional<Proof> hashes_backward(const std::vector<LeafRange>& ranges,
                                     const SubtreeReader& subtree) {
    Proof proof;
    proof.reserve(ranges.size());
    for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
        const auto roots = perfect_roots(*range, subtree);
        if (!roots) return std::nullopt;
        proof.push_back(fold(*roots));
    }
    assert(proof.size() <= proof_hashes_max);
    return proof;
}

// Where a verifier stands: a node's index in its level, and the index of the last node there.
struct Climb {
    std::uint64_t node;
    std::uint64_t last;

    bool is_at_root() const { return last == 0; }
    bool is_right_child() const { return (node & 1) != 0; }
    // A last node that is a left child has no sibling: the levels up to where it is a right child
    // again, or the first, add nothing to its hash.
    void skip_levels_without_sibling() {
        while (node != 0 && !is_right_child()) step();
    }
    void step() {
        node >>= 1;
        last >>= 1;
    }
};

}  // namespace

Digest leaf_hash(std::string_view entry) {
    return sha256({leaf_prefix, entry});
}

Digest node_hash(const Digest& left, const Digest& right) {
    return sha256({node_prefix, view_of(left), view_of(right)});
}

Digest empty_root() {
    return sha256(std::string_view());
}

void CompactRange::append(const Digest& leaf, const SubtreeSink& completed) {
    assert(size_ < tree_size_max);
    Subtree place{.level = 0, .index = size_};
    Digest root = leaf;
    if (completed) completed(place, root);
    // Each set bit at the low end is a subtree of the size that was just completed: they become
    // one.
    while ((place.index & 1) != 0) {
        root = node_hash(roots_.back(), root);
        roots_.pop_back();
        place = {.level = place.level + 1, .index = place.index >> 1};
        if (completed) completed(place, root);
    }
    roots_.push_back(root);
    ++size_;
}

Digest CompactRange::root() const {
    return fold(roots_);
}

std::string CompactRange::to_bytes() const {
    std::string bytes;
    bytes.reserve(8 + roots_.size() * sizeof(Digest));
    append_u64(bytes, size_);
    for (const Digest& root : roots_) bytes += view_of(root);
    return bytes;
}

std::optional<CompactRange> CompactRange::from_bytes(std::string_view bytes) {
    if (bytes.size() < 8) return std::nullopt;
    CompactRange range;
    range.size_ = load_u64(bytes.substr(0, 8));
    if (range.size_ > tree_size_max) return std::nullopt;
    bytes.remove_prefix(8);
    const auto roots_count = static_cast<std::size_t>(std::popcount(range.size_));
    if (bytes.size() != roots_count * sizeof(Digest)) return std::nullopt;
    for (; !bytes.empty(); bytes.remove_prefix(sizeof(Digest))) {
        range.roots_.push_back(*digest_from_bytes(bytes.substr(0, sizeof(Digest))));
    }
    return range;
}

std::optional<CompactRange> CompactRange::read(std::uint64_t size, const SubtreeReader& subtree) {
    if (size > tree_size_max) return std::nullopt;
    auto roots = perfect_roots({.begin = 0, .end = size}, subtree);
    if (!roots) return std::nullopt;
    CompactRange range;
    range.size_ = size;
    range.roots_ = std::move(*roots);
    return range;
}

bool verify_inclusion(const InclusionClaim& claim, std::span<const Digest> proof) {
    if (claim.index >= claim.size || proof.size() > proof_hashes_max) return false;
    Climb climb{.node = claim.index, .last = claim.size - 1};
    Digest root = claim.leaf;
    for (const Digest& sibling : proof) {
        if (climb.is_at_root()) return false;
        if (climb.is_right_child() || climb.node == climb.last) {
            root = node_hash(sibling, root);
            climb.skip_levels_without_sibling();
        } else {
            root = node_hash(root, sibling);
        }
        climb.step();
    }
    return climb.is_at_root() && root == claim.root;
}

bool verify_consistency(const ConsistencyClaim& claim, std::span<const Digest> proof) {
    const auto& [older, newer] = claim;
    if (older.size == 0 || older.size > newer.size || proof.size() > proof_hashes_max) return false;
    if (older.size == newer.size) return proof.empty() && older.root == newer.root;

    // The climb begins at the older tree's last perfect subtree. Its hash is the proof's first,
    // unless it is the whole older tree: then the proof leaves it out.
    Digest first = older.root;
    if (!std::has_single_bit(older.size)) {
        if (proof.empty()) return false;
        first = proof.front();
        proof = proof.subspan(1);
    }
    Climb climb{.node = older.size - 1, .last = newer.size - 1};
    while (climb.is_right_child()) climb.step();
    Digest older_root = first;
    Digest newer_root = first;
    for (const Digest& sibling : proof) {
        if (climb.is_at_root()) return false;
        if (climb.is_right_child() || climb.node == climb.last) {
            older_root = node_hash(sibling, older_root);
            newer_root = node_hash(sibling, newer_root);
            climb.skip_levels_without_sibling();
        } else {
            newer_root = node_hash(newer_root, sibling);
        }
        climb.step();
    }
    return climb.is_at_root() && older_root == older.root && newer_root == newer.root;
}

std::optional<Proof> inclusion_proof(InclusionQuery query, const SubtreeReader& subtree) {
    if (query.index >= query.size || query.size > tree_size_max) return std::nullopt;
    std::vector<LeafRange> siblings;
    LeafRange here{.begin = 0, .end = query.size};
    while (here.width() > 1) {
        const LeafRange left{.begin = here.begin, .end = here.middle()};
        const LeafRange right{.begin = here.middle(), .end = here.end};
        const bool goes_left = query.index < left.end;
        siblings.push_back(goes_left ? right : left);
        here = goes_left ? left : right;
    }
    return hashes_backward(siblings, subtree);
}

std::optional<Proof> consistency_proof(ConsistencyQuery query, const SubtreeReader& subtree) {
    if (query.older_size > query.newer_size || query.newer_size > tree_size_max)
        return std::nullopt;
    if (query.older_size == 0) return Proof{};
    std::vector<LeafRange> parts;
    LeafRange here{.begin = 0, .end = query.newer_size};
    while (here.end != query.older_size) {
        const LeafRange left{.begin = here.begin, .end = here.middle()};
        const LeafRange right{.begin = here.middle(), .end = here.end};
        const bool goes_left = query.older_size <= left.end;
        parts.push_back(goes_left ? right : left);
        here = goes_left ? left : right;
    }
    // The verifier has the older tree's root, so that only a part of that tree need be named.
    if (here.begin != 0) parts.push_back(here);
    return hashes_backward(parts, subtree);
}

}  // namespace keyledger
