#include "ledger/log/tree_reader.hpp"

#include <memory>
#include <utility>

namespace keyledger {

std::optional<std::string_view> TreeReader::hashes(unsigned level, std::uint64_t index) {
    if (level >= tile_levels_max) return {};
    const std::uint64_t full = full_tiles_count(level, tree_.size());
    if (index > full) return {};
    if (index == full) return tree_.partial_tile(level);
    ReadTile& last = read_[level];
    if (last.bytes.empty() || last.index != index) {
        auto bytes = stored_tile(log_, level, index);
        if (!bytes) return {};
        last = {index, std::move(*bytes)};
    }
    return last.bytes;
}

std::optional<Digest> TreeReader::subtree(Subtree subtree) {
    if (subtree.index < tree_.size() >> subtree.level) {
        const Tile tile = tile_under(subtree, tree_.size());
        const auto bytes = hashes(tile.level, tile.index);
        return bytes ? hash_in_tile(subtree, *bytes) : std::nullopt;
    }
    if (subtree.level == 0) {
        const std::optional<StoredEvent> event = log_.read(subtree.index);
        return event ? std::optional(leaf_hash(event->leaf)) : std::nullopt;
    }
    const auto left = this->subtree({subtree.level - 1, subtree.index * 2});
    const auto right = this->subtree({subtree.level - 1, subtree.index * 2 + 1});
    if (!left || !right) return {};
    return node_hash(*left, *right);
}

std::optional<std::string> TreeReader::tile(const Tile& tile) {
    if (!is_inside(tile, tree_.size())) return {};
    const bool of_entries = tile.kind == TileKind::entries;
    const auto bytes = hashes(of_entries ? 0 : tile.level, tile.index);
    if (!bytes) return {};
    if (of_entries) return bundle(tile, *bytes);
    return std::string(bytes->substr(0, tile.width * sizeof(Digest)));
}

std::optional<std::string> TreeReader::bundle(const Tile& tile, std::string_view hashes) const {
    const std::uint64_t first = tile.index * tile_width_max;
    const std::unique_ptr<EventCursor> cursor = log_.scan(first);
    std::string bytes;
    for (std::uint64_t i = 0; i < tile.width; ++i) {
        const auto item = cursor->next();
        if (!item || item->seq != first + i) return {};
        if (view_of(leaf_hash(item->leaf)) != hashes.substr(i * sizeof(Digest), sizeof(Digest)))
            return {};
        append_to_bundle(bytes, item->leaf);
    }
    return bytes;
}

}  // namespace keyledger
