#pragma once
// A Merkle tree of random leaves, with all that a log would keep of it.

#include "ledger/proof/merkle_tree.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {

// Tests read its fields. Must outlive its reader.
struct RandomTree {
    std::vector<Digest> leaves;
    std::vector<TreeHead> heads{{.size = 0, .root = empty_root()}};  // by size
    std::map<std::pair<unsigned, std::uint64_t>, Digest> subtrees;
    CompactRange range;

    RandomTree(std::size_t size, std::mt19937_64& random) {
        for (std::size_t i = 0; i < size; ++i) {
            std::string entry;
            append_u64(entry, random());
            leaves.push_back(leaf_hash(entry));
            range.append(leaves.back(), [this](Subtree place, const Digest& hash) {
                REQUIRE(subtrees.emplace(std::pair(place.level, place.index), hash).second);
            });
            heads.push_back(range.head());
        }
    }

    SubtreeReader reader() const {
        return [this](Subtree place) -> std::optional<Digest> {
            const auto found = subtrees.find({place.level, place.index});
            if (found == subtrees.end()) return std::nullopt;
            return found->second;
        };
    }
};

}  // namespace keyledger
