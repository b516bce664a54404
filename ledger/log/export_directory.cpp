#include "ledger/log/export_directory.hpp"

#include "ledger/base/json_writer.hpp"
#include "ledger/log/tree_rows.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>

namespace keyledger {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t progress_every_bundles = 256;

// The tiles of a tree that grows by whole bundles, as files. A resource of nothing.
class Writer {
public:
    explicit Writer(std::string directory) : directory_(std::move(directory)) {}

    // The first fault is kept, and nothing is written after it.
    void write(std::string_view name, std::string_view bytes) {
        if (fault) return;
        const fs::path file = fs::path(directory_) / name;
        std::error_code error;
        fs::create_directories(file.parent_path(), error);
        std::ofstream out(file, std::ios::binary);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        out.close();
        if (error || !out) {
            const std::error_code why =
                error ? error : std::error_code(errno, std::generic_category());
            fault = LogFault{"write " + file.string() + ": " + why.message()};
        }
    }

    void write(const Tile& tile, std::string_view bytes) {
        write(std::string_view(tile_path(tile)).substr(1), bytes);
    }

    std::optional<LogFault> fault;

private:
    std::string directory_;
};

// Collects the hashes of each level, and writes a tile when it is full.
class TileFiles {
public:
    explicit TileFiles(Writer& writer) : writer_(writer) {}

    void add(const Digest& leaf) {
        range_.append(leaf, [this](Subtree subtree, const Digest& hash) {
            if (subtree.level % 8 == 0) add(subtree.level / 8, subtree.index, hash);
        });
    }

    void finish() {
        for (unsigned level = 0; level < tile_levels_max; ++level) {
            const std::string& hashes = partial_[level];
            if (hashes.empty()) continue;
            const std::uint64_t width = hashes.size() / sizeof(Digest);
            writer_.write(Tile{.level = level,
                               .index = full_tiles_count(level, range_.size()),
                               .width = width},
                          hashes);
        }
    }

    TreeHead head() const { return range_.head(); }

private:
    void add(unsigned level, std::uint64_t index, const Digest& hash) {
        std::string& hashes = partial_[level];
        hashes += view_of(hash);
        if (hashes.size() < tile_width_max * sizeof(Digest)) return;
        writer_.write(Tile{.level = level, .index = index / tile_width_max}, hashes);
        hashes.clear();
    }

    Writer& writer_;
    CompactRange range_;
    std::array<std::string, tile_levels_max> partial_;
};

// All entries and tiles. A fault of the log, or of what it holds.
std::optional<LogFault> write_tiles(const EventLog& log, const TreeHead& tree, Writer& writer,
                                    const Progress& progress) {
    TileFiles tiles(writer);
    const std::unique_ptr<EventCursor> cursor = log.scan(0);
    std::string bundle;
    for (std::uint64_t seq = 0; seq < tree.size; ++seq) {
        const auto item = cursor->next();
        if (!item || item->seq != seq) {
            return cursor->fault().value_or(
                LogFault{"event seq=" + std::to_string(seq) + " is missing"});
        }
        append_to_bundle(bundle, item->leaf);
        tiles.add(leaf_hash(item->leaf));
        const std::uint64_t width = seq % tile_width_max + 1;
        if (width < tile_width_max && seq + 1 < tree.size) continue;
        const std::uint64_t index = seq / tile_width_max;
        writer.write(Tile{.kind = TileKind::entries, .level = 0, .index = index, .width = width},
                     bundle);
        if (writer.fault) return writer.fault;
        bundle.clear();
        if (progress && index % progress_every_bundles == 0) progress(seq + 1, tree.size);
    }
    tiles.finish();
    if (writer.fault || tiles.head() == tree) return writer.fault;
    return LogFault{"the first " + std::to_string(tree.size) +
                    " events are not those that were signed"};
}

}  // namespace

std::optional<LogFault> write_export(const EventLog& log, const SignedCheckpoint& checkpoint,
                                     const std::vector<VerifierKey>& keys,
                                     const std::string& directory, const Progress& progress) {
    std::error_code error;
    if (!fs::create_directories(directory, error) && !error)
        return LogFault{"write " + directory + ": it is there already"};
    if (error) return LogFault{"write " + directory + ": " + error.message()};
    Writer writer(directory);
    if (auto fault = write_tiles(log, checkpoint.checkpoint.tree, writer, progress)) return fault;
    std::string key_lines;
    for (const VerifierKey& key : keys) key_lines += to_text(key) + "\n";
    writer.write(export_key_file, key_lines);
    writer.write(export_checkpoint_file, to_text(checkpoint.note));
    writer.write(export_manifest_file, export_manifest(checkpoint.checkpoint));
    return writer.fault;
}

std::string export_manifest(const Checkpoint& checkpoint) {
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().field("format", "keyledger-export-1");
    writer.field("origin", std::string_view(checkpoint.origin));
    writer.field("size", checkpoint.tree.size);
    writer.field("root", std::string_view(to_base64(view_of(checkpoint.tree.root))));
    writer.end_object();
    return text + "\n";
}

FileBytes read_export_file(const std::string& directory, std::string_view name) {
    const std::size_t bytes_max =
        name == export_checkpoint_file ? note_bytes_max : export_keys_bytes_max;
    return read_regular_file((fs::path(directory) / name).string(), bytes_max);
}

FileBytes read_export_tile(const std::string& directory, const Tile& tile) {
    const std::string name = tile_path(tile).substr(1);
    const std::size_t bytes_max =
        tile.kind == TileKind::entries ? export_bundle_bytes_max : tile_width_max * sizeof(Digest);
    return read_regular_file((fs::path(directory) / name).string(), bytes_max);
}

}  // namespace keyledger
