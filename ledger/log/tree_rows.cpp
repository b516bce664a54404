#include "ledger/log/tree_rows.hpp"

#include <bit>
#include <cassert>
#include <utility>

namespace keyledger {
namespace {

constexpr std::string_view range_key = "range";
constexpr std::string_view tile_mark = "tile";
constexpr unsigned level_bits = 8;
constexpr std::size_t tile_bytes = tile_width_max * sizeof(Digest);

std::optional<Digest> event_leaf(const EventLog& log, std::uint64_t seq) {
    const std::optional<StoredEvent> event = log.read(seq);
    if (!event) return {};
    return leaf_hash(event->leaf);
}

}  // namespace

std::string tile_row_key(unsigned level, std::uint64_t index) {
    std::string key(tile_mark);
    key += static_cast<char>(level);
    append_u64(key, index);
    return key;
}

// In a tile that is full, or else from the two subtrees below.
std::optional<Digest> stored_subtree(const EventLog& log, Subtree subtree) {
    const unsigned level = subtree.level / level_bits;
    const unsigned within = subtree.level % level_bits;
    const std::uint64_t tile = subtree.index >> (level_bits - within);
    if (const auto bytes = log.row(Family::tree, tile_row_key(level, tile))) {
        if (bytes->size() != tile_bytes) return {};
        return hash_in_tile(subtree, *bytes);
    }
    if (subtree.level == 0) return event_leaf(log, subtree.index);
    const auto left = stored_subtree(log, {subtree.level - 1, subtree.index * 2});
    const auto right = stored_subtree(log, {subtree.level - 1, subtree.index * 2 + 1});
    if (!left || !right) return {};
    return node_hash(*left, *right);
}

std::optional<Tile> tile_of_row(std::string_view key) {
    if (!key.starts_with(tile_mark) || key.size() != tile_mark.size() + 9) return {};
    key.remove_prefix(tile_mark.size());
    return Tile{.level = static_cast<std::uint8_t>(key.front()), .index = load_u64(key.substr(1))};
}

std::optional<std::string> stored_tile(const EventLog& log, unsigned level, std::uint64_t index) {
    auto bytes = log.row(Family::tree, tile_row_key(level, index));
    if (bytes && bytes->size() != tile_bytes) return {};
    return bytes;
}

std::optional<CompactRange> range_beside(const EventLog& log) {
    return CompactRange::from_bytes(log.row(Family::tree, range_key).value_or(""));
}

std::optional<CompactRange> stored_range(const EventLog& log, std::uint64_t size) {
    if (size > log.next_seq()) return {};
    return CompactRange::read(size, [&](Subtree subtree) { return stored_subtree(log, subtree); });
}

std::optional<DoubtedEvents> first_doubted(const EventLog& log) {
    const auto beside = range_beside(log);
    if (!beside || beside->size() != log.next_seq()) return {};
    const auto made = stored_range(log, beside->size());
    if (!made) return {};
    const std::string theirs = beside->to_bytes(), ours = made->to_bytes();
    const std::uint64_t size = beside->size();
    DoubtedEvents each;
    std::size_t place = sizeof size;
    for (std::uint64_t width = std::bit_floor(size); width > 0; width >>= 1) {
        if ((size & width) == 0) continue;
        each = {each.end, each.end + width};
        const bool is_behind_tiles = width < tile_width_max;
        if (is_behind_tiles &&
            theirs.compare(place, sizeof(Digest), ours, place, sizeof(Digest)) != 0) {
            return each;
        }
        place += sizeof(Digest);
    }
    return {};
}

std::string wrong_with(const DoubtedEvents& doubted) {
    const std::uint64_t more = doubted.end - doubted.begin - 1;
    if (more == 0) return not_in_tree;
    return "or one of the " + std::to_string(more) + " after it " + not_in_tree;
}

std::optional<TreeWriter> TreeWriter::open(const EventLog& log) {
    const std::uint64_t size = log.next_seq();
    const std::optional<CompactRange> range = range_beside(log);
    if (!range && size == 0) return TreeWriter{};
    if (!range || range->size() != size) return {};
    std::optional<TreeWriter> writer = read(log, size);
    if (!writer || writer->range_ != *range) return {};
    return writer;
}

std::optional<TreeWriter> TreeWriter::read(const EventLog& log, std::uint64_t size) {
    std::optional<CompactRange> range = stored_range(log, size);
    if (!range) return {};
    TreeWriter writer;
    writer.range_ = std::move(*range);
    for (unsigned level = 0; level < tile_levels_max; ++level) {
        const std::uint64_t complete = size >> (level * level_bits);
        for (std::uint64_t i = complete - complete % tile_width_max; i < complete; ++i) {
            const auto hash = stored_subtree(log, {level * level_bits, i});
            if (!hash) return {};
            writer.partial_[level] += view_of(*hash);
        }
    }
    return writer;
}

void TreeWriter::append(const Digest& leaf, std::vector<Row>& rows) {
    range_.append(leaf, [&](Subtree subtree, const Digest& hash) {
        if (subtree.level % level_bits != 0) return;
        const unsigned level = subtree.level / level_bits;
        std::string& partial = partial_[level];
        partial += view_of(hash);
        if (partial.size() < tile_bytes) return;
        rows.push_back({Family::tree, tile_row_key(level, subtree.index / tile_width_max),
                        std::exchange(partial, {})});
    });
}

Row TreeWriter::range_row() const {
    return {Family::tree, std::string(range_key), range_.to_bytes()};
}

}  // namespace keyledger
