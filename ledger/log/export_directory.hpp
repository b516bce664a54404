#pragma once
// A ledger as a directory of files that others' tools can check: C2SP tlog-tiles, and two more.
//
//   checkpoint            the note, over all entries that are there
//   key                   the log's verifier keys, a line each, the newest first
//   tile/LEVEL/INDEX      tiles of hashes
//   tile/entries/INDEX    bundles of entries
//   manifest.json         size and root again; written last: without it, it is unfinished
//
// It holds what was hashed, and no erasable value. `tools/verify_export.py` checks it.

#include "ledger/log/descriptor.hpp"
#include "ledger/log/event_log.hpp"
#include "ledger/proof/checkpoint.hpp"
#include "ledger/proof/tiles.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::string_view export_checkpoint_file = "checkpoint";
inline constexpr std::string_view export_key_file = "key";
inline constexpr std::string_view export_manifest_file = "manifest.json";

using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Writes the events that `checkpoint` covers into `directory`, which is made; a fault if there is
// something of that name already, the events are not those that were signed, or the disk fails.
std::optional<LogFault> write_export(const EventLog& log, const SignedCheckpoint& checkpoint,
                                     const std::vector<VerifierKey>& keys,
                                     const std::string& directory, const Progress& progress = {});

// What manifest.json holds, to the byte.
std::string export_manifest(const Checkpoint& checkpoint);

inline constexpr std::size_t export_keys_bytes_max = 64 * 1024;
inline constexpr std::size_t export_bundle_bytes_max =
    tile_width_max * (2 + bundle_entry_bytes_max);

// A file of an export: a regular one, and no longer than its kind can be.
FileBytes read_export_file(const std::string& directory, std::string_view name);
FileBytes read_export_tile(const std::string& directory, const Tile& tile);

}  // namespace keyledger
