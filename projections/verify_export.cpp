#include "projections/verify_export.hpp"

#include "ledger/stored/event_codec.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

Flaw of_files(std::string what) {
    return {std::nullopt, std::move(what)};
}

// The verifier keys, a line each; nothing if anything else stands there.
std::optional<std::vector<VerifierKey>> keys_in(std::string_view lines) {
    std::vector<VerifierKey> keys;
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        const auto key = parse_verifier_key(lines.substr(0, end));
        if (!key || end == std::string_view::npos) return {};
        keys.push_back(*key);
        lines.remove_prefix(end + 1);
    }
    return keys;
}

// The rotations that an export holds: which key each of the log's keys came after.
class Rotations {
public:
    void look_at(std::string_view entry) {
        if (!read_links(entry, links_) || links_.stream.kind != StreamKind::ledger) return;
        const auto event = decode(entry, {});
        const auto* rotated = event ? std::get_if<LogKeyRotated>(&event->body) : nullptr;
        if (rotated) rotated_.push_back(*rotated);
    }

    // With those that rotations lead from to these.
    std::vector<VerifierKey> with_older(std::vector<VerifierKey> keys) const {
        for (auto rotated = rotated_.rbegin(); rotated != rotated_.rend(); ++rotated) {
            const auto before = parse_verifier_key(rotated->before);
            const auto after = parse_verifier_key(rotated->after);
            if (before && after && std::ranges::find(keys, *after) != keys.end())
                keys.push_back(*before);
        }
        return keys;
    }

private:
    std::vector<LogKeyRotated> rotated_;
    LeafLinks links_;
};

// A tile of the export that is not the one which its entries make.
std::optional<Flaw> compare_tile(const std::string& directory, const Tile& tile,
                                 std::string_view hashes) {
    const FileBytes file = read_export_tile(directory, tile);
    if (file.fault) return of_files(file.fault->what);
    if (file.bytes == hashes) return {};
    return of_files(directory + tile_path(tile) + " is not the tile of its entries");
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

std::optional<Flaw> check_bundle(const std::string& directory, const Tile& tile, LedgerCheck& check,
                                 Rotations* rotations) {
    const FileBytes file = read_export_tile(directory, tile);
    if (file.fault) return of_files(file.fault->what);
    const auto entries = split_bundle(file.bytes);
    if (!entries || entries->size() != tile.width)
        return of_files(directory + tile_path(tile) + " is not a bundle of its width");
    std::vector<Row> tiles;
    for (const std::string_view entry : *entries) {
        if (auto wrong = check.add(entry, std::nullopt, tiles)) return wrong;
        if (rotations) rotations->look_at(entry);
    }
    return compare_tiles(directory, tiles);
}

// The tree that the kept checkpoint names, signed by whomever.
std::optional<TreeHead> tree_of(const KeptCheckpoint& kept) {
    const auto note = parse_note(kept.note);
    const auto checkpoint = note ? parse_checkpoint(note->text) : std::nullopt;
    if (!checkpoint) return {};
    return checkpoint->tree;
}

// What its few files say of the whole.
struct Opened {
    std::vector<VerifierKey> keys;
    std::optional<SignedCheckpoint> checkpoint;
    std::optional<Flaw> wrong;
};

Opened failed(std::string what) {
    return {.keys = {}, .checkpoint = {}, .wrong = of_files(std::move(what))};
}

Opened open_export(const std::string& directory, const std::vector<VerifierKey>& trusted) {
    const FileBytes lines = read_export_file(directory, export_key_file);
    const FileBytes note = read_export_file(directory, export_checkpoint_file);
    const FileBytes manifest = read_export_file(directory, export_manifest_file);
    if (manifest.is_missing) return failed(directory + " is unfinished: it has no manifest.json");
    for (const FileBytes* file : {&lines, &note, &manifest}) {
        if (file->fault) return failed(file->fault->what);
    }
    const auto own = keys_in(lines.bytes);
    if (!own) return failed(directory + "/key holds other lines than verifier keys");
    Opened opened{.keys = trusted.empty() ? *own : trusted, .checkpoint = {}, .wrong = {}};
    opened.checkpoint = open_checkpoint(note.bytes, opened.keys);
    if (!opened.checkpoint) return failed(directory + "/checkpoint is not signed by a known key");
    if (manifest.bytes != export_manifest(opened.checkpoint->checkpoint))
        return failed(directory + "/manifest.json is not that of the checkpoint");
    return opened;
}

ExportVerification refused(Flaw flaw) {
    return {.found = {.head = {}, .keys = 0, .wrong = std::move(flaw)}, .signers = {}};
}

std::vector<VerifierKey> signers_of(const Opened& opened) {
    std::vector<VerifierKey> signers;
    for (const std::size_t place : check_signatures(opened.checkpoint->note, opened.keys).signers)
        signers.push_back(opened.keys[place]);
    return signers;
}

}  // namespace

ExportVerification verify_export(const std::string& directory, const ExportTrust& trust,
                                 const Progress& progress) {
    const Opened opened = open_export(directory, trust.keys);
    if (opened.wrong) return refused(*opened.wrong);
    const TreeHead tree = opened.checkpoint->checkpoint.tree;
    std::vector<TreeHead> published{tree};
    if (trust.kept) {
        const auto kept = tree_of(*trust.kept);
        if (!kept) return refused(of_files(trust.kept->file + " is no checkpoint"));
        published.push_back(*kept);
    }
    LedgerCheck check(std::move(published));
    Rotations rotations;
    std::optional<Flaw> wrong;
    while (!wrong && check.size() < tree.size) {
        const std::uint64_t index = check.size() / tile_width_max;
        const std::uint64_t width = std::min(tile_width_max, tree.size - check.size());
        wrong = check_bundle(
            directory, {.kind = TileKind::entries, .level = 0, .index = index, .width = width},
            check, trust.kept ? &rotations : nullptr);
        if (progress) progress(check.size(), tree.size);
    }
    if (!wrong) wrong = check.finish();
    if (!wrong) wrong = compare_partial_tiles(directory, check.tree());
    // Which older keys there were is known now.
    if (!wrong && trust.kept &&
        !open_checkpoint(trust.kept->note, rotations.with_older(opened.keys)))
        wrong = of_files(trust.kept->file + " is not a checkpoint signed by a known key");
    return {{check.head(), check.chains().keys().size(), std::move(wrong)}, signers_of(opened)};
}

}  // namespace keyledger
