#pragma once
// What a backup consists of: the files that it may hold, and the list of those that it does.
//
//   ledger/NAME    the files of the log, as RocksDB has them
//   checkpoint     the last checkpoint that was signed, over events that are all in there
//   log.vkey       the log's verifier keys, a line each, the newest first
//   log.key        the key that signs; only where it was asked for
//   manifest       written last: without it, it is no backup
//
// The manifest is what `sha256sum -c manifest` reads, with remarks:
//
//   manifest := "# keyledger-backup-1\n" "# made " RFC 3339 "\n" "# events " number "\n"
//               "# bytes " number "\n" (hex(SHA-256) "  " name "\n")+
//
// The names rise; the bytes are those of all files but the manifest. It is not signed: who can
// change a file can change its line. That the events are the log's shows against the checkpoint,
// by a verifier key that was kept elsewhere.
//
// Everything here is pure and may be called on any thread.

#include "ledger/base/bytes.hpp"
#include "ledger/base/time.hpp"
#include "ledger/proof/signed_note.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::string_view backup_ledger_folder = "ledger/";
inline constexpr std::string_view backup_checkpoint = "checkpoint";
inline constexpr std::string_view backup_verifier_keys = "log.vkey";
inline constexpr std::string_view backup_signing_key = "log.key";
inline constexpr std::string_view backup_manifest = "manifest";

inline constexpr std::size_t backup_files_max = 50'000;
inline constexpr std::size_t backup_manifest_bytes_max = 8 * 1024 * 1024;
// Of the files that are read as a whole.
inline constexpr std::size_t backup_text_bytes_max = 256 * 1024;

// The lines of log.vkey; nothing if one of them is no verifier key, or there is none.
std::string verifier_key_lines(std::span<const VerifierKey> keys);
std::optional<std::vector<VerifierKey>> parse_verifier_keys(std::string_view lines);

// Whether a backup may hold a file of that name. No such name leads out of the directory.
bool is_backup_name(std::string_view name);

struct BackupFile {
    std::string name;
    Digest digest{};
    friend bool operator==(const BackupFile&, const BackupFile&) = default;
};

struct BackupManifest {
    Timestamp made{};
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::vector<BackupFile> files;

    const BackupFile* find(std::string_view name) const;
    friend bool operator==(const BackupManifest&, const BackupManifest&) = default;
};

std::string to_text(const BackupManifest& manifest);

// Nothing unless `text` is what to_text makes of a manifest whose names rise, are such as a backup
// may hold, and are not its own; with a checkpoint, the verifier keys and a log.
std::optional<BackupManifest> parse_backup_manifest(std::string_view text);

}  // namespace keyledger
