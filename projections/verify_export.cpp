#include "projections/verify.hpp"

#include <algorithm>
#include <utility>

namespace keyledger {
namespace {

Verification failed(std::string what) {
    return {.head = {}, .keys = 0, .wrong = Flaw{std::nullopt, std::move(what)}};
}

std::vector<VerifierKey> keys_in(std::string_view lines) {
    std::vector<VerifierKey> keys;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        if (const auto key = parse_verifier_key(lines.substr(0, end))) keys.push_back(*key);
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return keys;
}

// A tile of the export that is not the one which its entries make.
std::optional<Flaw> compare_tile(const std::string& directory, const Tile& tile,
                                 std::string_view hashes) {
    const ExportFile file = read_export_tile(directory, tile);
    if (file.fault) return Flaw{std::nullopt, file.fault->what};
    if (file.bytes == hashes) return {};
    return Flaw{std::nullopt, directory + tile_path(tile) + " is not the tile of its entries"};
}

std::optional<Flaw> compare_tiles(const std::string& directory, const std::vector<Row>& full) {
    for (const Row& row : full) {
        const auto tile = tile_of_row(row.key);
        if (!tile) continue;
        if (auto wrong = compare_tile(directory, *tile, row.value)) return wrong;
    }
    return {};
}

std::optional<Flaw> compare_partial_tiles(const std::string& directory, const TreeWriter& tree) {
    for (unsigned level = 0; level < tile_levels_max; ++level) {
        const std::string_view hashes = tree.partial_tile(level);
        if (hashes.empty()) continue;
        const Tile tile{.level = level,
                        .index = full_tiles_count(level, tree.size()),
                        .width = hashes.size() / sizeof(Digest)};
        if (auto wrong = compare_tile(directory, tile, hashes)) return wrong;
    }
    return {};
}

std::optional<Flaw> check_bundle(const std::string& directory, const Tile& tile,
                                 LedgerCheck& check) {
    const ExportFile file = read_export_tile(directory, tile);
    if (file.fault) return Flaw{std::nullopt, file.fault->what};
    const auto entries = split_bundle(file.bytes);
    if (!entries || entries->size() != tile.width)
        return Flaw{std::nullopt, directory + tile_path(tile) + " is not a bundle of its width"};
    std::vector<Row> tiles;
    for (const std::string_view entry : *entries) {
        if (auto wrong = check.add(entry, std::nullopt, tiles)) return wrong;
    }
    return compare_tiles(directory, tiles);
}

}  // namespace

Verification verify_export(const std::string& directory, std::vector<VerifierKey> keys,
                           const Progress& progress) {
    const ExportFile key_file = read_export_file(directory, export_key_file);
    const ExportFile note = read_export_file(directory, export_checkpoint_file);
    for (const ExportFile* file : {&key_file, &note}) {
        if (file->fault) return failed(file->fault->what);
    }
    if (keys.empty()) keys = keys_in(key_file.bytes);
    const auto signed_note = open_checkpoint(note.bytes, keys);
    if (!signed_note) return failed(directory + "/checkpoint is not signed by a known key");
    const TreeHead tree = signed_note->checkpoint.tree;
    LedgerCheck check({tree});
    std::optional<Flaw> wrong;
    while (!wrong && check.size() < tree.size) {
        const std::uint64_t index = check.size() / tile_width_max;
        const std::uint64_t width = std::min(tile_width_max, tree.size - check.size());
        wrong = check_bundle(
            directory, {.kind = TileKind::entries, .level = 0, .index = index, .width = width},
            check);
        if (progress) progress(check.size(), tree.size);
    }
    if (!wrong) wrong = check.finish();
    if (!wrong) wrong = compare_partial_tiles(directory, check.tree());
    return {check.head(), check.chains().keys().size(), std::move(wrong)};
}

}  // namespace keyledger
