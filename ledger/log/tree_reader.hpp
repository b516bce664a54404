#pragma once
// Reads hashes and tiles of a log's tree, for proofs: a few rows each, however large the tree is.

#include "ledger/log/event_log.hpp"
#include "ledger/log/tree_rows.hpp"
#include "ledger/proof/merkle_tree.hpp"
#include "ledger/proof/tiles.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

// `tree` is that of the log's first tree.size() events; the log may hold more. Full tiles come from
// the log, the others from `tree`, and what came after it from the events one by one. Keeps the
// tile of each level that it read last, so that the hashes of one proof cost one read a level.
// Lives on one thread; `log` and `tree` outlive it.
class TreeReader {
public:
    TreeReader(const EventLog& log, const TreeWriter& tree) : log_(log), tree_(tree) {}

    // The root of a perfect subtree that lies wholly inside the log's events; nothing if a row of
    // it is missing or damaged.
    std::optional<Digest> subtree(Subtree subtree);

    // The bytes of a tile or bundle that lies inside `tree`; nothing if it does not, or a row of it
    // is missing or damaged.
    std::optional<std::string> tile(const Tile& tile);

private:
    struct ReadTile {
        std::uint64_t index = 0;
        std::string bytes;  // empty: none was read yet
    };

    // All hashes that `tree` has of the tile.
    std::optional<std::string_view> hashes(unsigned level, std::uint64_t index);
    // Nothing too if an entry is another one than `hashes` say.
    std::optional<std::string> bundle(const Tile& tile, std::string_view hashes) const;

    const EventLog& log_;
    const TreeWriter& tree_;
    std::array<ReadTile, tile_levels_max> read_;
};

}  // namespace keyledger
