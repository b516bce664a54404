#include "ledger/proof/tiles.hpp"
#include "tests/ledger/vector_files.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace keyledger {
namespace {

namespace json = boost::json;

const std::string log_folder = "tlog-tiles-tessera/testdata/log";

json::value examples() {
    return json::parse(read_vector("c2sp-spec-examples/examples.json"));
}

std::vector<std::string> log_entries() {
    const json::value meta = json::parse(read_vector("tlog-tiles-tessera/meta.json"));
    std::vector<std::string> entries;
    for (const json::value& entry : meta.at("entries").as_array()) {
        entries.emplace_back(entry.as_string());
    }
    return entries;
}

Digest numbered_leaf(std::uint64_t index) {
    return leaf_hash("leaf " + std::to_string(index));
}

// The tiles that a log of `size` leaves keeps, filled from the subtrees as they complete.
std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles_of(std::uint64_t size) {
    std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles;
    CompactRange range;
    for (std::uint64_t index = 0; index < size; ++index) {
        range.append(numbered_leaf(index), [&](Subtree place, const Digest& hash) {
            if (place.level % 8 != 0) return;
            tiles[{place.level / 8, place.index / tile_width_max}] += view_of(hash);
        });
    }
    return tiles;
}

}  // namespace

TEST_CASE("tiles of a tree are as many and as wide as the standard's examples say") {
    const json::value all = examples();
    const json::array& geometry = all.at("tile_geometry").as_array();
    REQUIRE(geometry.size() == 2);
    const std::vector<std::pair<const char*, unsigned>> full{{"level0_full", 0},
                                                             {"level1_full", 1}};
    const std::vector<std::pair<const char*, unsigned>> partial{
        {"level0_partial_width", 0}, {"level1_partial_width", 1}, {"level2_partial_width", 2}};
    std::size_t checked = 0;
    for (const json::value& tree : geometry) {
        const auto size = tree.at("tree_size").to_number<std::uint64_t>();
        CAPTURE(size);
        for (const auto& [name, level] : full) {
            const json::value* count = tree.as_object().if_contains(name);
            if (count == nullptr) continue;
            CHECK(full_tiles_count(level, size) == count->to_number<std::uint64_t>());
            ++checked;
        }
        for (const auto& [name, level] : partial) {
            const json::value* width = tree.as_object().if_contains(name);
            if (width == nullptr) continue;
            CHECK(partial_tile_width(level, size) == width->to_number<std::uint64_t>());
            ++checked;
        }
    }
    CHECK(checked == 5 + 2);
    CHECK(full_tiles_count(0, 0) == 0);
    CHECK(partial_tile_width(0, 0) == 0);
    CHECK(partial_tile_width(0, 256) == 0);
    CHECK(full_tiles_count(63, tree_size_max) == 0);
    CHECK(partial_tile_width(8, tree_size_max) == 0);
    CHECK(partial_tile_width(8, 5) == 0);
    CHECK(partial_tile_width(7, tree_size_max) == 64);
}

TEST_CASE("an index is written in groups of three digits") {
    const json::value all = examples();
    const json::value& example = all.at("tile_index_path").as_array().at(0);
    const Tile tile{.level = 3, .index = example.at("index").to_number<std::uint64_t>()};
    const std::string path = "/tile/3/" + std::string(example.at("path").as_string());
    CHECK(tile_path(tile) == path);
    CHECK(parse_tile_path(path) == tile);
}

TEST_CASE("every tile is read again from its path") {
    for (const std::uint64_t index :
         {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{999}, std::uint64_t{1000},
          std::uint64_t{999'999}, std::uint64_t{1'000'000'000'000'000}, tile_index_max}) {
        for (std::uint64_t width = 1; width <= tile_width_max; ++width) {
            const Tile entries{.kind = TileKind::entries, .index = index, .width = width};
            CHECK(parse_tile_path(tile_path(entries)) == entries);
        }
        for (unsigned level = 0; level <= tile_level_max; ++level) {
            const Tile hashes{.level = level, .index = index};
            CHECK(parse_tile_path(tile_path(hashes)) == hashes);
        }
    }
    CHECK(tile_path({.level = 0, .index = 5, .width = 3}) == "/tile/0/005.p/3");
    CHECK(tile_path({.kind = TileKind::entries, .index = 1000}) == "/tile/entries/x001/000");
}

TEST_CASE("a path is refused unless it is written in the one way") {
    REQUIRE(parse_tile_path("/tile/0/000"));
    for (const std::string_view path :
         {"", "/", "/tile", "/tile/", "/tile/0", "/tile/0/", "tile/0/000", "/tile//000",
          "/Tile/0/000", "//tile/0/000", "/tile/0/000/", "/tile/0/000?", "/tile/0//000",
          "/tile/00/000", "/tile/01/000", "/tile/64/000", "/tile/100/000", "/tile/-1/000",
          "/tile/+1/000", "/tile/ 1/000", "/tile/1a/000", "/tile/99999999999999999999/000",
          "/tile/data/000", "/tile/entriesx/000", "/tile/0/0", "/tile/0/00", "/tile/0/0000",
          "/tile/0/-01", "/tile/0/+01", "/tile/0/ 01", "/tile/0/0a0", "/tile/0/x000",
          "/tile/0/x001", "/tile/0/x001/", "/tile/0/x000/001", "/tile/0/x000/x001/001",
          "/tile/0/001/001", "/tile/0/x001/x001", "/tile/0/X001/001", "/tile/0/x001/01",
          "/tile/0/x0001/001", "/tile/0/000.p", "/tile/0/000.p/", "/tile/0/000.p/0",
          "/tile/0/000.p/00", "/tile/0/000.p/01", "/tile/0/000.p/256", "/tile/0/000.p/-1",
          "/tile/0/000.p/+1", "/tile/0/000.p/1/", "/tile/0/000.p/1.p/1", "/tile/0/000.P/1",
          "/tile/0/000p/1", "/tile/0/.p/1", "/tile/0/000.p/18446744073709551617",
          // One more than tile_index_max, and far more.
          "/tile/0/x018/x014/x398/x509/x481/984", "/tile/0/x999/x999/x999/x999/x999/999",
          "/tile/0/x001/x000/x000/x000/x000/x000/000"}) {
        INFO(path);
        CHECK_FALSE(parse_tile_path(path));
    }
    CHECK_FALSE(parse_tile_path(std::string_view("/tile/0/000\0", 12)));
    CHECK(parse_tile_path("/tile/0/x018/x014/x398/x509/x481/983").value().index == tile_index_max);
}

TEST_CASE("a tile is inside a tree as soon as all its hashes are") {
    CHECK(is_inside({.index = 0, .width = 1}, 1));
    CHECK_FALSE(is_inside({.index = 0, .width = 1}, 0));
    CHECK(is_inside({.index = 0, .width = 3}, 5));
    CHECK_FALSE(is_inside({.index = 0}, 255));
    CHECK(is_inside({.index = 0}, 256));
    CHECK(is_inside({.level = 1, .index = 0, .width = 1}, 256));
    CHECK_FALSE(is_inside({.level = 1, .index = 0, .width = 2}, 511));
    CHECK(is_inside({.index = 273, .width = 112}, 70'000));
    CHECK_FALSE(is_inside({.index = 273, .width = 113}, 70'000));
    CHECK(is_inside({.level = 7, .index = 0, .width = 64}, tree_size_max));
    CHECK_FALSE(is_inside({.level = 7, .index = 0, .width = 65}, tree_size_max));
    CHECK_FALSE(is_inside({.level = 63, .index = 0, .width = 1}, tree_size_max));
    CHECK(is_inside({.index = tile_index_max}, tree_size_max));
    CHECK_FALSE(is_inside({.index = tile_index_max}, tree_size_max - 1));
}

TEST_CASE("the public log's tiles and bundles hold its entries") {
    const std::vector<std::string> entries = log_entries();
    REQUIRE(entries.size() == 15);
    std::string tile;
    std::string bundle;
    for (std::uint64_t size = 1; size <= 15; ++size) {
        CAPTURE(size);
        tile += view_of(leaf_hash(entries[size - 1]));
        append_to_bundle(bundle, entries[size - 1]);
        CHECK(read_vector(log_folder + tile_path({.index = 0, .width = size})) == tile);
        const std::string public_bundle = read_vector(
            log_folder + tile_path({.kind = TileKind::entries, .index = 0, .width = size}));
        CHECK(public_bundle == bundle);
        const auto split = split_bundle(public_bundle);
        REQUIRE(split);
        CHECK(std::equal(split->begin(), split->end(), entries.begin(),
                         entries.begin() + static_cast<std::ptrdiff_t>(size)));
    }
}

TEST_CASE("a bundle that is cut or too long is refused") {
    std::string bundle;
    append_to_bundle(bundle, "");
    append_to_bundle(bundle, std::string(300, 'a'));
    append_to_bundle(bundle, std::string(bundle_entry_bytes_max, 'b'));
    const auto whole = split_bundle(bundle);
    REQUIRE(whole);
    REQUIRE(whole->size() == 3);
    CHECK((*whole)[0].empty());
    CHECK((*whole)[1] == std::string(300, 'a'));
    CHECK((*whole)[2] == std::string(bundle_entry_bytes_max, 'b'));
    for (std::size_t cut = 1; cut < bundle.size(); ++cut) {
        // Between two entries a cut leaves a shorter bundle.
        if (cut == 2 || cut == 304) continue;
        if (split_bundle(std::string_view(bundle).substr(0, cut))) FAIL("cut at " << cut);
    }
    CHECK(split_bundle("").value().empty());
    CHECK(split_bundle(std::string(512, '\0')).value().size() == 256);
    CHECK_FALSE(split_bundle(std::string(514, '\0')));
}

TEST_CASE("tiles alone give every subtree, and so every proof") {
    // Two full tiles of level 0 and a partial one, a partial tile of level 1.
    const std::uint64_t size = 700;
    const auto tiles = tiles_of(size);
    CHECK(tiles.size() == 4);
    const SubtreeReader from_tiles = [&](Subtree subtree) -> std::optional<Digest> {
        const Tile tile = tile_under(subtree, size);
        REQUIRE(is_inside(tile, size));
        const std::string& bytes = tiles.at({tile.level, tile.index});
        REQUIRE(bytes.size() == tile.width * 32);
        return hash_in_tile(subtree, bytes);
    };
    CompactRange range;
    std::size_t checked = 0;
    for (std::uint64_t index = 0; index < size; ++index) {
        range.append(numbered_leaf(index), [&](Subtree place, const Digest& hash) {
            CHECK(from_tiles(place) == hash);
            ++checked;
        });
    }
    CHECK(checked == 700 + 350 + 175 + 87 + 43 + 21 + 10 + 5 + 2 + 1);
    for (std::uint64_t index = 0; index < size; index += 37) {
        const auto proof = inclusion_proof({.index = index, .size = size}, from_tiles);
        REQUIRE(proof);
        CHECK(verify_inclusion(
            {.index = index, .size = size, .leaf = numbered_leaf(index), .root = range.root()},
            *proof));
    }
}

TEST_CASE("a tile that is too short for a subtree gives no hash") {
    const std::string tile(3 * 32, 'h');
    CHECK(hash_in_tile({.level = 0, .index = 2}, tile));
    CHECK_FALSE(hash_in_tile({.level = 0, .index = 3}, tile));
    CHECK(hash_in_tile({.level = 1, .index = 0}, tile));
    CHECK_FALSE(hash_in_tile({.level = 1, .index = 1}, tile));
    CHECK_FALSE(hash_in_tile({.level = 7, .index = 1}, tile));
    CHECK_FALSE(hash_in_tile({.level = 0, .index = 0}, ""));
}

}  // namespace keyledger
