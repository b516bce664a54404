#include "ledger/proof/merkle_tree.hpp"
#include "tests/ledger/random_tree.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

namespace keyledger {
namespace {

void flip_bit(Digest& digest, std::size_t bit) {
    digest[bit / 8] = static_cast<std::uint8_t>(digest[bit / 8] ^ (1U << (bit % 8)));
}

// Calls `check` with each bit of `digest` flipped in turn.
template <class Check>
void with_each_bit_flipped(Digest& digest, Check check) {
    for (std::size_t bit = 0; bit < 256; ++bit) {
        flip_bit(digest, bit);
        check();
        flip_bit(digest, bit);
    }
}

}  // namespace

TEST_CASE("every leaf of a random tree is proved, and no other index by its proof") {
    const auto seed = GENERATE(range(100U, 106U));
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const RandomTree tree(1 + random() % 300, random);
    const std::uint64_t size = tree.leaves.size();
    for (std::uint64_t index = 0; index < size; ++index) {
        CAPTURE(size, index);
        const auto proof = inclusion_proof({.index = index, .size = size}, tree.reader());
        REQUIRE(proof);
        InclusionClaim claim{
            .index = index, .size = size, .leaf = tree.leaves[index], .root = tree.range.root()};
        CHECK(verify_inclusion(claim, *proof));
        claim.index = (index + 1 + random() % size) % (size + 1);
        if (claim.index != index) CHECK_FALSE(verify_inclusion(claim, *proof));
    }
}

TEST_CASE("every two sizes of a random tree are proved consistent") {
    const auto seed = GENERATE(200U, 201U);
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const RandomTree tree(1 + random() % 300, random);
    const std::uint64_t newer_size = tree.leaves.size();
    for (std::uint64_t newer = newer_size; newer > 0;
         newer -= 1 + random() % std::min(newer, std::uint64_t{9})) {
        for (std::uint64_t older = 1; older <= newer; ++older) {
            CAPTURE(older, newer);
            const auto proof =
                consistency_proof({.older_size = older, .newer_size = newer}, tree.reader());
            REQUIRE(proof);
            CHECK(verify_consistency({.older = tree.heads[older], .newer = tree.heads[newer]},
                                     *proof));
        }
        CHECK(consistency_proof({.older_size = 0, .newer_size = newer}, tree.reader()) == Proof{});
    }
}

TEST_CASE("one flipped bit anywhere spoils an inclusion proof") {
    const auto seed = GENERATE(range(300U, 312U));
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const RandomTree tree(1 + random() % 300, random);
    const std::uint64_t size = tree.leaves.size();
    InclusionClaim claim{
        .index = random() % size, .size = size, .leaf = {}, .root = tree.range.root()};
    claim.leaf = tree.leaves[claim.index];
    Proof proof = inclusion_proof({.index = claim.index, .size = size}, tree.reader()).value();
    const auto check = [&] { REQUIRE_FALSE(verify_inclusion(claim, proof)); };
    with_each_bit_flipped(claim.leaf, check);
    with_each_bit_flipped(claim.root, check);
    for (Digest& hash : proof) with_each_bit_flipped(hash, check);
    REQUIRE(verify_inclusion(claim, proof));
}

TEST_CASE("one flipped bit anywhere spoils a consistency proof") {
    const auto seed = GENERATE(range(400U, 412U));
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const RandomTree tree(2 + random() % 299, random);
    const std::uint64_t newer = tree.leaves.size();
    const std::uint64_t older = 1 + random() % (newer - 1);
    CAPTURE(older, newer);
    ConsistencyClaim claim{.older = tree.heads[older], .newer = tree.heads[newer]};
    Proof proof =
        consistency_proof({.older_size = older, .newer_size = newer}, tree.reader()).value();
    const auto check = [&] { REQUIRE_FALSE(verify_consistency(claim, proof)); };
    with_each_bit_flipped(claim.older.root, check);
    with_each_bit_flipped(claim.newer.root, check);
    for (Digest& hash : proof) with_each_bit_flipped(hash, check);
    REQUIRE(verify_consistency(claim, proof));
}

TEST_CASE("a proof of another length than its own fails") {
    std::mt19937_64 random(3);
    const RandomTree tree(157, random);
    for (std::uint64_t index = 0; index < 157; ++index) {
        const InclusionClaim claim{
            .index = index, .size = 157, .leaf = tree.leaves[index], .root = tree.range.root()};
        Proof proof = inclusion_proof({.index = index, .size = 157}, tree.reader()).value();
        const Digest last = proof.back();
        proof.push_back(last);
        CHECK_FALSE(verify_inclusion(claim, proof));
        proof.resize(proof.size() - 2);
        CHECK_FALSE(verify_inclusion(claim, proof));
    }
}

TEST_CASE("hashes beyond the root are refused even where they lead to the claimed one") {
    const Digest leaf = leaf_hash("leaf");
    const Digest beyond = leaf_hash("beyond");
    CHECK_FALSE(verify_inclusion(
        {.index = 0, .size = 1, .leaf = leaf, .root = node_hash(beyond, leaf)}, Proof{beyond}));

    std::vector<Digest> leaves;
    CompactRange range;
    std::vector<TreeHead> heads{range.head()};
    for (const auto* entry : {"a", "b", "c", "d"}) {
        leaves.push_back(leaf_hash(entry));
        range.append(leaves.back());
        heads.push_back(range.head());
    }
    Proof proof{leaves[2], leaves[3], node_hash(leaves[0], leaves[1])};
    ConsistencyClaim claim{.older = heads[3], .newer = heads[4]};
    REQUIRE(verify_consistency(claim, proof));
    proof.push_back(beyond);
    claim.older.root = node_hash(beyond, claim.older.root);
    claim.newer.root = node_hash(beyond, claim.newer.root);
    CHECK_FALSE(verify_consistency(claim, proof));
}

TEST_CASE(
    "a proof longer than the limit is refused though a tree beyond all limits would need it") {
    const Digest leaf = leaf_hash("leaf");
    const std::uint64_t size = std::uint64_t{1} << 63;
    Proof proof;
    Digest root = leaf;
    while (proof.size() < proof_hashes_max) {
        proof.push_back(leaf_hash("sibling"));
        root = node_hash(root, proof.back());
    }
    const TreeHead older{.size = 1, .root = leaf};
    CHECK(verify_inclusion({.index = 0, .size = size, .leaf = leaf, .root = root}, proof));
    CHECK(verify_consistency({.older = older, .newer = {.size = size, .root = root}}, proof));
    proof.push_back(leaf_hash("sibling"));
    root = node_hash(root, proof.back());
    CHECK_FALSE(
        verify_inclusion({.index = 0, .size = size + 1, .leaf = leaf, .root = root}, proof));
    CHECK_FALSE(
        verify_consistency({.older = older, .newer = {.size = size + 1, .root = root}}, proof));
}

TEST_CASE("no proof is made for what is not in the tree, or without its subtrees") {
    std::mt19937_64 random(4);
    const RandomTree tree(20, random);
    CHECK_FALSE(inclusion_proof({.index = 20, .size = 20}, tree.reader()));
    CHECK_FALSE(inclusion_proof({.index = 0, .size = 0}, tree.reader()));
    CHECK_FALSE(inclusion_proof({.index = 0, .size = 33}, tree.reader()));
    CHECK_FALSE(inclusion_proof({.index = 0, .size = tree_size_max + 1}, tree.reader()));
    CHECK_FALSE(consistency_proof({.older_size = 20, .newer_size = 19}, tree.reader()));
    CHECK_FALSE(consistency_proof({.older_size = 3, .newer_size = 33}, tree.reader()));
    CHECK_FALSE(
        consistency_proof({.older_size = 1, .newer_size = tree_size_max + 1}, tree.reader()));
}

TEST_CASE("the largest tree's proofs verify and are no longer than the limit") {
    // All its leaves are equal, so that all subtrees of a level are.
    std::vector<Digest> by_level{leaf_hash("the same")};
    while (by_level.size() < 63) by_level.push_back(node_hash(by_level.back(), by_level.back()));
    const SubtreeReader reader = [&](Subtree place) -> std::optional<Digest> {
        return by_level.at(place.level);
    };
    const std::uint64_t half = tree_size_max / 2;
    const TreeHead newest = CompactRange::read(tree_size_max, reader).value().head();
    for (const std::uint64_t index :
         {std::uint64_t{0}, half - 1, half, half + 12'345, tree_size_max - 1}) {
        CAPTURE(index);
        const auto proof = inclusion_proof({.index = index, .size = tree_size_max}, reader);
        REQUIRE(proof);
        CHECK(proof->size() == 62);
        CHECK(verify_inclusion(
            {.index = index, .size = tree_size_max, .leaf = by_level[0], .root = newest.root},
            *proof));
    }
    for (const std::uint64_t size :
         {std::uint64_t{1}, half - 1, half, half + 1, tree_size_max - 1}) {
        CAPTURE(size);
        const TreeHead older = CompactRange::read(size, reader).value().head();
        auto proof = consistency_proof({.older_size = size, .newer_size = tree_size_max}, reader);
        REQUIRE(proof);
        CHECK(proof->size() <= proof_hashes_max);
        CHECK(verify_consistency({.older = older, .newer = newest}, *proof));
        if (size == half - 1) CHECK(proof->size() == proof_hashes_max);
        proof->resize(proof_hashes_max + 1);
        CHECK_FALSE(verify_consistency({.older = older, .newer = newest}, *proof));
    }
}

}  // namespace keyledger
