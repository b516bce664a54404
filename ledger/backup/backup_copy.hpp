#pragma once
// A ledger's files as they were at one moment, beside the ledger and for as long as they are read:
// what a backup is made of.

#include "ledger/log/rocksdb_log.hpp"
#include "ledger/proof/checkpoint.hpp"
#include "ledger/proof/signed_note.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace keyledger {

struct BackupRequest {
    const RocksdbLog& log;
    // Made, and gone with the copy; on the file system of the log, or all is copied.
    std::string directory;
    // The note that was signed last. Asked for when most of the work is done, so that it is nearly
    // as new as the copy.
    std::function<std::string()> checkpoint;
    std::vector<VerifierKey> keys;  // the newest first; one of them has signed it
    std::string signing_key;        // the file to take along; empty: none
};

// A resource; holds on to the room of files that the log has done with since.
class BackupCopy {
public:
    // A part of a backup: its name, and the file or else the bytes that it is.
    struct Part {
        std::string name;
        std::string file;
        std::string bytes;
    };

    // Any thread; waits for the disk, and holds up nobody who writes. The copy has been opened, and
    // holds what was signed. What an earlier one left in the directory goes first.
    static std::variant<std::unique_ptr<BackupCopy>, LogFault> make(const BackupRequest& request);

    ~BackupCopy();
    BackupCopy(const BackupCopy&) = delete;
    BackupCopy& operator=(const BackupCopy&) = delete;

    const std::vector<Part>& parts() const { return parts_; }  // by name
    std::uint64_t events() const { return events_; }

private:
    explicit BackupCopy(std::string directory) : directory_(std::move(directory)) {}

    std::optional<LogFault> fill(const BackupRequest& request);
    std::optional<LogFault> look_inside(const SignedCheckpoint& checkpoint);

    std::string directory_;
    std::vector<Part> parts_;
    std::uint64_t events_ = 0;
};

// Takes away what a copy in `directory` left behind when its process was killed.
void remove_backup_copy(const std::string& directory);

}  // namespace keyledger
