#include "ledger/proof/merkle_tree.hpp"
#include "ledger/base/sha256.hpp"
#include "tests/ledger/random_tree.hpp"
#include "tests/ledger/vector_files.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <bit>
#include <filesystem>
#include <map>
#include <random>
#include <span>

namespace keyledger {
namespace {

namespace json = boost::json;

const std::string merkle_folder = "rfc6962-merkle/";

std::string text_of(const json::value& value) {
    return std::string(value.as_string());
}

Digest digest_of_hex(const json::value& value) {
    return digest_from_bytes(from_hex(text_of(value)).value()).value();
}

// All the cases of one folder, by file name.
std::map<std::string, json::object> cases_in(const std::string& folder) {
    std::map<std::string, json::object> cases;
    const std::string root = vector_path("");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root + folder)) {
        if (!entry.is_regular_file()) continue;
        const std::string name = entry.path().string().substr(root.size());
        cases[name] = json::parse(read_vector(name)).as_object();
    }
    return cases;
}

// The hash that `text` is in base64, null being none. Where it is not 32 bytes, which our types
// cannot hold, a stand-in: equal bytes under one `salt` get equal ones.
Digest hash_or_stand_in(const json::value& text, std::string_view salt) {
    const std::string bytes = text.is_null() ? "" : from_base64(text_of(text)).value();
    return digest_from_bytes(bytes).value_or(sha256({salt, bytes}));
}

Proof proof_of(const json::object& test) {
    Proof proof;
    if (test.at("proof").is_null()) return proof;
    for (const json::value& hash : test.at("proof").as_array()) {
        proof.push_back(hash_or_stand_in(hash, "proof"));
    }
    return proof;
}

std::uint64_t number_in(const json::object& test, std::string_view name) {
    return test.at(name).to_number<std::uint64_t>();
}

// MTH as RFC 6962 section 2.1 defines it, from the leaf hashes.
Digest root_by_definition(std::span<const Digest> leaves) {
    if (leaves.empty()) return sha256(std::string_view());
    if (leaves.size() == 1) return leaves.front();
    std::size_t split = 1;
    while (split * 2 < leaves.size()) split *= 2;
    return sha256({std::string_view("\x01"), view_of(root_by_definition(leaves.first(split))),
                   view_of(root_by_definition(leaves.subspan(split)))});
}

}  // namespace

TEST_CASE("the hashes and roots are those of the reference tree") {
    const json::object reference =
        json::parse(read_vector(merkle_folder + "reference-tree.json")).as_object();
    const json::array& hashes = reference.at("hasher").as_array();
    REQUIRE(hashes.size() == 4);
    CHECK(empty_root() == digest_of_hex(hashes[0].at("hex")));
    CHECK(leaf_hash("") == digest_of_hex(hashes[1].at("hex")));
    CHECK(leaf_hash(text_of(hashes[2].at("input_ascii"))) == digest_of_hex(hashes[2].at("hex")));

    const json::array& inputs = reference.at("leaf_inputs_hex").as_array();
    const json::array& roots = reference.at("root_hashes_hex_by_size").as_array();
    const json::array& levels = reference.at("node_hashes_hex_by_level").as_array();
    REQUIRE(inputs.size() == 8);
    REQUIRE(roots.size() == 9);
    CompactRange range;
    std::size_t nodes_seen = 0;
    for (std::size_t size = 0; size < inputs.size(); ++size) {
        CHECK(range.head() == TreeHead{.size = size, .root = digest_of_hex(roots[size])});
        range.append(leaf_hash(from_hex(text_of(inputs[size])).value()),
                     [&](Subtree place, const Digest& hash) {
                         CHECK(hash == digest_of_hex(levels.at(place.level).at(place.index)));
                         ++nodes_seen;
                     });
    }
    CHECK(range.root() == digest_of_hex(roots[8]));
    CHECK(nodes_seen == 8 + 4 + 2 + 1);
    CHECK(node_hash(digest_of_hex(levels.at(0).at(0)), digest_of_hex(levels.at(0).at(1))) ==
          digest_of_hex(levels.at(1).at(0)));
}

TEST_CASE("every public inclusion case is judged as its authors judged it") {
    const auto cases = cases_in(merkle_folder + "testdata/inclusion");
    REQUIRE(cases.size() == 98);
    std::size_t good = 0;
    for (const auto& [name, test] : cases) {
        INFO(name);
        const InclusionClaim claim{.index = number_in(test, "leafIdx"),
                                   .size = number_in(test, "treeSize"),
                                   .leaf = hash_or_stand_in(test.at("leafHash"), "leaf"),
                                   .root = hash_or_stand_in(test.at("root"), "root")};
        const bool is_good = verify_inclusion(claim, proof_of(test));
        CHECK(is_good != test.at("wantErr").as_bool());
        good += is_good ? 1 : 0;
    }
    CHECK(good == 6);
}

TEST_CASE("every public consistency case is judged as its authors judged it") {
    const auto cases = cases_in(merkle_folder + "testdata/consistency");
    REQUIRE(cases.size() == 98);
    std::size_t good = 0;
    for (const auto& [name, test] : cases) {
        INFO(name);
        const TreeHead older{.size = number_in(test, "size1"),
                             .root = hash_or_stand_in(test.at("root1"), "root")};
        const TreeHead newer{.size = number_in(test, "size2"),
                             .root = hash_or_stand_in(test.at("root2"), "root")};
        const bool is_good = verify_consistency({.older = older, .newer = newer}, proof_of(test));
        CHECK(is_good != test.at("wantErr").as_bool());
        good += is_good ? 1 : 0;
    }
    CHECK(good == 6);
}

TEST_CASE("a growing tree has the root of the definition at every size") {
    std::mt19937_64 random(1);
    const RandomTree tree(300, random);
    for (std::size_t size = 0; size <= 300; ++size) {
        CAPTURE(size);
        CHECK(tree.heads[size].root == root_by_definition(std::span(tree.leaves).first(size)));
    }
}

TEST_CASE("a compact range is read again as it was written, and from its subtrees") {
    std::mt19937_64 random(2);
    const RandomTree tree(70, random);
    CompactRange range;
    for (std::size_t size = 0; size <= 70; ++size) {
        CAPTURE(size);
        const std::string bytes = range.to_bytes();
        CHECK(bytes.size() == 8 + 32 * static_cast<std::size_t>(std::popcount(size)));
        CHECK(CompactRange::from_bytes(bytes) == range);
        CHECK(CompactRange::read(size, tree.reader()) == range);
        CHECK_FALSE(CompactRange::from_bytes(bytes + '\0'));
        for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
            CHECK_FALSE(CompactRange::from_bytes(std::string_view(bytes).substr(0, cut)));
        }
        if (size < 70) range.append(tree.leaves[size]);
    }
    CHECK_FALSE(CompactRange::read(71, tree.reader()));
    CHECK_FALSE(CompactRange::read(tree_size_max + 1, tree.reader()));
    std::string too_large;
    append_u64(too_large, tree_size_max + 1);
    CHECK_FALSE(CompactRange::from_bytes(too_large + std::string(64, 'h')));
}

}  // namespace keyledger
