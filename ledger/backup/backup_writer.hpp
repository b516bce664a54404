#pragma once
// Makes the archive of a backup, piece by piece.

#include "ledger/backup/backup_copy.hpp"
#include "ledger/backup/backup_manifest.hpp"
#include "ledger/base/sha256.hpp"
#include "ledger/log/descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr std::size_t backup_piece_bytes = 256 * 1024;

// Used by one thread at a time. Reads each file once, and holds one piece in memory.
class BackupWriter {
public:
    // `made` stands in the manifest.
    BackupWriter(std::unique_ptr<BackupCopy> copy, Timestamp made);

    // The next bytes, about backup_piece_bytes; empty when all has been given, or at a fault. Waits
    // for the disk.
    std::string next();
    const std::optional<LogFault>& fault() const { return fault_; }

    std::uint64_t events() const { return copy_->events(); }

private:
    void begin_part(std::string& piece);
    void read_on(std::string& piece);
    void end_part(std::string& piece);
    void add_manifest(std::string& piece);

    std::unique_ptr<BackupCopy> copy_;
    BackupManifest manifest_;
    std::size_t part_ = 0;            // which one comes, or is under way
    std::optional<Descriptor> file_;  // the part under way, where it is a file
    std::uint64_t left_ = 0;          // of its bytes
    std::uint64_t size_ = 0;
    Sha256 sha256_;
    bool ended_ = false;
    std::optional<LogFault> fault_;
};

}  // namespace keyledger
