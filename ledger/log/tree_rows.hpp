#pragma once
// The Merkle tree over the events, kept beside them: written in the same batch, so that the two
// can't disagree after a crash.
//
//   tree  "range"                                     ->  CompactRange, after the newest event
//   tree  "tile" level:u8 index:u64be                 ->  256 hashes of 32 bytes, full tiles only
//
// A tile of level l holds the perfect subtrees of level 8 l. What is not yet a full tile follows
// from the tiles below it, and at the bottom from the events themselves.

#include "ledger/log/event_log.hpp"
#include "ledger/proof/merkle_tree.hpp"
#include "ledger/proof/tiles.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr unsigned tile_levels_max = 8;  // 8 * 8 bits: more than tree_size_max

// Grows with the events. A value; lives with the one that writes them.
class TreeWriter {
public:
    // Where the log's tree ends; nothing if its rows do not fit its events.
    static std::optional<TreeWriter> open(const EventLog& log);
    // The same as it was after the first `size` events, from the tiles and the events after them;
    // nothing if the log has fewer, or a row is missing or no tile.
    static std::optional<TreeWriter> read(const EventLog& log, std::uint64_t size);

    // One more event; the tiles that it fills are added to `rows`.
    void append(const Digest& leaf, std::vector<Row>& rows);
    // To be written with each batch.
    Row range_row() const;

    std::uint64_t size() const { return range_.size(); }
    TreeHead head() const { return range_.head(); }
    // The hashes of `level` that fill no tile yet.
    std::string_view partial_tile(unsigned level) const { return partial_[level]; }

private:
    CompactRange range_;
    std::array<std::string, tile_levels_max> partial_;
};

// The key of a full tile's row, and the tile of such a key; nothing for the key of another row.
std::string tile_row_key(unsigned level, std::uint64_t index);
std::optional<Tile> tile_of_row(std::string_view key);

// The full tile number `index` of a level; nothing if it is not there, or is no tile.
std::optional<std::string> stored_tile(const EventLog& log, unsigned level, std::uint64_t index);

// The root of a perfect subtree that lies wholly inside the log's events. Any thread.
std::optional<Digest> stored_subtree(const EventLog& log, Subtree subtree);

// The tree after the newest event as it was written beside it; nothing if it is not there, or is
// none.
std::optional<CompactRange> range_beside(const EventLog& log);

// The tree of the log's first `size` events.
std::optional<CompactRange> stored_range(const EventLog& log, std::uint64_t size);

// Events of which one is not what the tree beside them was made of: from `begin` to before `end`.
// Behind the last full tile no event has a hash of its own beside it, so that they may be several.
struct DoubtedEvents {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};
// The first such behind the last full tile; nothing if all fit, or nothing can be read to tell.
std::optional<DoubtedEvents> first_doubted(const EventLog& log);
// What is wrong with the first of them: goes after "event seq=7 ".
std::string wrong_with(const DoubtedEvents& doubted);
inline constexpr const char* not_in_tree =
    "is not the one that the tree beside the events was made of";

}  // namespace keyledger
