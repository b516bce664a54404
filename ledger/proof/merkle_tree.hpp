#pragma once
// The Merkle tree of RFC 6962 section 2.1 with SHA-256: its hashes, how it grows, and its proofs.
//
// Everything here is pure and may be called on any thread.

#include "ledger/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// No tree is larger, so that neither kind of proof ever needs more than proof_hashes_max hashes.
inline constexpr std::uint64_t tree_size_max = std::uint64_t{1} << 62;
inline constexpr std::size_t proof_hashes_max = 63;

// SHA-256(0x00 || entry).
Digest leaf_hash(std::string_view entry);

// SHA-256(0x01 || left || right).
Digest node_hash(const Digest& left, const Digest& right);

// The root of the tree without leaves, SHA-256("").
Digest empty_root();

// The perfect subtree over the leaves from index << level up to, not including, (index + 1) <<
// level.
struct Subtree {
    unsigned level = 0;
    std::uint64_t index = 0;

    friend bool operator==(const Subtree&, const Subtree&) = default;
};

// Gives the hash of a perfect subtree, or nothing if it is not there. Asked only for subtrees that
// lie wholly inside the tree in question.
using SubtreeReader = std::function<std::optional<Digest>(Subtree)>;

// Is told of a perfect subtree that has just become complete.
using SubtreeSink = std::function<void(Subtree, const Digest&)>;

// A tree as a checkpoint names it.
struct TreeHead {
    std::uint64_t size = 0;
    Digest root{};

    friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// A tree that grows, kept as the roots of the perfect subtrees that it is made of: one for each bit
// that is set in its size, largest first. A value.
class CompactRange {
public:
    CompactRange() = default;

    // Adds a leaf (by its leaf hash), and tells `completed` of each perfect subtree that this
    // completes, smallest first, the leaf itself among them. The size must be below tree_size_max,
    // asserted.
    void append(const Digest& leaf, const SubtreeSink& completed = {});

    std::uint64_t size() const { return size_; }
    Digest root() const;
    TreeHead head() const { return {.size = size_, .root = root()}; }

    // range := size:u64be (hash:32)*, one hash for each bit set in the size, largest subtree first.
    // Reading takes exactly that and nothing else.
    std::string to_bytes() const;
    static std::optional<CompactRange> from_bytes(std::string_view bytes);

    // The range of the first `size` leaves of a tree that is at least as large. Nothing if `size`
    // is above tree_size_max or a subtree is missing.
    static std::optional<CompactRange> read(std::uint64_t size, const SubtreeReader& subtree);

    friend bool operator==(const CompactRange&, const CompactRange&) = default;

private:
    std::uint64_t size_ = 0;
    std::vector<Digest> roots_;
};

// Hashes from the leaf's side to the root's.
using Proof = std::vector<Digest>;

// "In the tree of `size` leaves with root `root`, leaf number `index` has the hash `leaf`."
struct InclusionClaim {
    std::uint64_t index = 0;
    std::uint64_t size = 0;
    Digest leaf{};
    Digest root{};
};

// RFC 9162 section 2.1.3.2. False too for a proof of more than proof_hashes_max hashes.
bool verify_inclusion(const InclusionClaim& claim, std::span<const Digest> proof);

// "The leaves of `older` are the first leaves of `newer`."
struct ConsistencyClaim {
    TreeHead older;
    TreeHead newer;
};

// RFC 9162 section 2.1.4.2. An empty older tree is consistent with anything, so that there is
// nothing to prove: the answer is false, and who allows it must do so before. False too for a proof
// of more than proof_hashes_max hashes.
bool verify_consistency(const ConsistencyClaim& claim, std::span<const Digest> proof);

struct InclusionQuery {
    std::uint64_t index = 0;
    std::uint64_t size = 0;
};

// The proof for verify_inclusion. Nothing if index >= size, size > tree_size_max, or a subtree is
// missing.
std::optional<Proof> inclusion_proof(InclusionQuery query, const SubtreeReader& subtree);

struct ConsistencyQuery {
    std::uint64_t older_size = 0;
    std::uint64_t newer_size = 0;
};

// The proof for verify_consistency; empty if the sizes are equal or the older one is 0. Nothing if
// older_size > newer_size, newer_size > tree_size_max, or a subtree is missing.
std::optional<Proof> consistency_proof(ConsistencyQuery query, const SubtreeReader& subtree);

}  // namespace keyledger
