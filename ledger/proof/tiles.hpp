#pragma once
// Tiles: the tree cut into pieces of 256 hashes, and their paths (C2SP tlog-tiles).
//
//   path   := "/tile/" (level | "entries") "/" index [".p/" width]
//   level  := 0 to 63, decimal
//   index  := ("x" digit digit digit "/")* digit digit digit      1234067 is x001/x234/067
//   width  := 1 to 255, decimal; left out for a full tile
//   tile   := (hash:32)*
//   bundle := (length:u16be entry:length)*
//
// Hash i of tile n at level l is the root of the perfect subtree of 256^l leaves, number n * 256 +
// i. Everything here is pure and may be called on any thread.

#include "ledger/proof/merkle_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::uint64_t tile_width_max = 256;
inline constexpr unsigned tile_level_max = 63;
// No tree has more tiles in a level.
inline constexpr std::uint64_t tile_index_max = tree_size_max / tile_width_max - 1;
// What two bytes can count.
inline constexpr std::size_t bundle_entry_bytes_max = 65'535;

enum class TileKind : std::uint8_t { hashes, entries };

// One resource: a tile of hashes, or a bundle of the entries under a tile of level 0.
struct Tile {
    TileKind kind = TileKind::hashes;
    unsigned level = 0;  // 0 for entries
    std::uint64_t index = 0;
    std::uint64_t width = tile_width_max;  // 1 to 256; below 256 it is a partial tile

    friend bool operator==(const Tile&, const Tile&) = default;
};

// The path of `tile`, whose fields are within the limits above.
std::string tile_path(const Tile& tile);

// The tile at `path`, or nothing if the path is not written exactly as tile_path() writes it.
std::optional<Tile> parse_tile_path(std::string_view path);

// How many full tiles a level of a tree of `size` leaves has, and how wide the partial one after
// them is; 0 if there is none.
std::uint64_t full_tiles_count(unsigned level, std::uint64_t size);
std::uint64_t partial_tile_width(unsigned level, std::uint64_t size);

// Whether all of `tile` lies inside a tree of `size` leaves. True also for a partial tile that a
// wider one has followed.
bool is_inside(const Tile& tile, std::uint64_t size);

// The tile that `subtree` is hashed from, as wide as it is in a tree of `size` leaves; `subtree`
// must lie inside that tree, asserted.
Tile tile_under(Subtree subtree, std::uint64_t size);

// The root of `subtree` from the bytes of the tile that holds it. Nothing if they are too short.
std::optional<Digest> hash_in_tile(Subtree subtree, std::string_view tile_bytes);

// Appends `entry`, at most bundle_entry_bytes_max bytes, asserted.
void append_to_bundle(std::string& bundle, std::string_view entry);

// The entries, looking into `bundle`. Nothing if it is cut short or holds more than a full bundle.
std::optional<std::vector<std::string_view>> split_bundle(std::string_view bundle);

}  // namespace keyledger
