#include "ledger/proof/tiles.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <system_error>

namespace keyledger {
namespace {

constexpr std::string_view path_prefix = "/tile/";
constexpr std::string_view entries_name = "entries";
constexpr std::string_view partial_mark = ".p/";
// A tile's hashes are the leaves of a perfect subtree of this height.
constexpr unsigned tile_height = 8;
constexpr std::uint64_t index_group = 1000;
// 2^54 has 17 digits.
constexpr std::size_t index_groups_max = 6;

// How many hashes `level` of a tree of `size` leaves has.
std::uint64_t hashes_count(unsigned level, std::uint64_t size) {
    return level < 8 ? size >> (tile_height * level) : 0;
}

// A decimal number without sign or leading zero.
std::optional<std::uint64_t> parse_decimal(std::string_view text) {
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> parse_three_digits(std::string_view text) {
    if (text.size() != 3) return std::nullopt;
    std::uint64_t value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return value;
}

std::optional<std::uint64_t> parse_index(std::string_view text) {
    std::uint64_t index = 0;
    for (std::size_t groups = 1; groups <= index_groups_max; ++groups) {
        const bool is_last = !text.starts_with('x');
        if (!is_last) text.remove_prefix(1);
        const auto group = parse_three_digits(text.substr(0, 3));
        if (!group) return std::nullopt;
        // Only a last group may begin an index with 000.
        if (groups == 1 && !is_last && *group == 0) return std::nullopt;
        index = index * index_group + *group;
        text.remove_prefix(3);
        if (is_last)
            return text.empty() && index <= tile_index_max ? std::optional(index) : std::nullopt;
        if (!text.starts_with('/')) return std::nullopt;
        text.remove_prefix(1);
    }
    return std::nullopt;
}

std::string three_digits(std::uint64_t value) {
    std::string digits = std::to_string(value);
    return std::string(3 - digits.size(), '0') + digits;
}

std::string index_text(std::uint64_t index) {
    std::string text = three_digits(index % index_group);
    for (index /= index_group; index > 0; index /= index_group) {
        text = "x" + three_digits(index % index_group) + "/" + text;
    }
    return text;
}

}  // namespace

std::string tile_path(const Tile& tile) {
    assert(tile.level <= tile_level_max);
    assert(tile.kind == TileKind::hashes || tile.level == 0);
    assert(tile.index <= tile_index_max);
    assert(tile.width >= 1 && tile.width <= tile_width_max);
    std::string path(path_prefix);
    path += tile.kind == TileKind::entries ? entries_name : std::to_string(tile.level);
    path += '/';
    path += index_text(tile.index);
    if (tile.width < tile_width_max) {
        path += partial_mark;
        path += std::to_string(tile.width);
    }
    return path;
}

std::optional<Tile> parse_tile_path(std::string_view path) {
    if (!path.starts_with(path_prefix)) return std::nullopt;
    path.remove_prefix(path_prefix.size());
    Tile tile;

    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view level_text = path.substr(0, slash);
    if (level_text == entries_name) {
        tile.kind = TileKind::entries;
    } else {
        const auto level = parse_decimal(level_text);
        if (!level || *level > tile_level_max) return std::nullopt;
        tile.level = static_cast<unsigned>(*level);
    }
    path.remove_prefix(slash + 1);

    if (const std::size_t mark = path.find(partial_mark); mark != std::string_view::npos) {
        const auto width = parse_decimal(path.substr(mark + partial_mark.size()));
        if (!width || *width < 1 || *width >= tile_width_max) return std::nullopt;
        tile.width = *width;
        path = path.substr(0, mark);
    }
    const auto index = parse_index(path);
    if (!index) return std::nullopt;
    tile.index = *index;
    return tile;
}

std::uint64_t full_tiles_count(unsigned level, std::uint64_t size) {
    return hashes_count(level, size) / tile_width_max;
}

std::uint64_t partial_tile_width(unsigned level, std::uint64_t size) {
    return hashes_count(level, size) % tile_width_max;
}

bool is_inside(const Tile& tile, std::uint64_t size) {
    return tile.index <= tile_index_max &&
           tile.index * tile_width_max + tile.width <= hashes_count(tile.level, size);
}

Tile tile_under(Subtree subtree, std::uint64_t size) {
    assert(subtree.level < 64);
    assert(subtree.index < size >> subtree.level);
    const unsigned level = subtree.level / tile_height;
    const std::uint64_t index = subtree.index >> (tile_height - subtree.level % tile_height);
    const std::uint64_t width = hashes_count(level, size) - index * tile_width_max;
    return {.level = level, .index = index, .width = std::min(width, tile_width_max)};
}

std::optional<Digest> hash_in_tile(Subtree subtree, std::string_view tile_bytes) {
    const unsigned height = subtree.level % tile_height;
    const std::size_t count = std::size_t{1} << height;
    const std::size_t first = (subtree.index << height) % tile_width_max;
    if (tile_bytes.size() < (first + count) * sizeof(Digest)) return std::nullopt;
    CompactRange range;
    for (std::size_t i = first; i < first + count; ++i) {
        range.append(*digest_from_bytes(tile_bytes.substr(i * sizeof(Digest), sizeof(Digest))));
    }
    return range.root();
}

void append_to_bundle(std::string& bundle, std::string_view entry) {
    assert(entry.size() <= bundle_entry_bytes_max);
    bundle += static_cast<char>(entry.size() >> 8);
    bundle += static_cast<char>(entry.size() & 0xff);
    bundle += entry;
}

std::optional<std::vector<std::string_view>> split_bundle(std::string_view bundle) {
    std::vector<std::string_view> entries;
    while (!bundle.empty()) {
        if (bundle.size() < 2 || entries.size() == tile_width_max) return std::nullopt;
        const auto high = static_cast<std::uint8_t>(bundle[0]);
        const auto low = static_cast<std::uint8_t>(bundle[1]);
        const std::size_t length = std::size_t{high} * 256 + low;
        bundle.remove_prefix(2);
        if (bundle.size() < length) return std::nullopt;
        entries.push_back(bundle.substr(0, length));
        bundle.remove_prefix(length);
    }
    return entries;
}

}  // namespace keyledger
