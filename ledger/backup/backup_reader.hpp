#pragma once
// Takes a backup's archive in, however it is cut into pieces, and holds it to its own manifest.

#include "ledger/backup/backup_manifest.hpp"
#include "ledger/backup/tar.hpp"
#include "ledger/base/sha256.hpp"
#include "ledger/log/event_log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// Where the files go. Each is begun, filled and ended before the next one; `begin` has a name of a
// backup, each at most once, the manifest last. A fault ends the reading.
class BackupFiles {
public:
    virtual ~BackupFiles() = default;
    virtual std::optional<LogFault> begin(const TarEntry& entry) = 0;
    virtual std::optional<LogFault> write(std::string_view bytes) = 0;
    virtual std::optional<LogFault> end() = 0;
};

// Lives on one thread; `files` outlives it.
class BackupReader {
public:
    explicit BackupReader(BackupFiles& files) : files_(files) {}

    // False from the first thing that is wrong on; then `problem` says what.
    bool take(std::string_view bytes);
    // The archive has been read to its end, its last file was the manifest, and all files are as
    // that says. Nothing may follow.
    bool is_whole() const { return state_ == State::ended && problem_.empty(); }

    const std::string& problem() const { return problem_; }
    // The problem is one of where the files go, not of what came.
    bool is_fault_of_files() const { return is_fault_of_files_; }
    // Of a whole backup.
    const BackupManifest& manifest() const { return manifest_; }
    std::uint64_t bytes_taken() const { return bytes_taken_; }

private:
    enum class State : std::uint8_t { header, contents, padding, end_blocks, ended };

    bool take_some(std::string_view& bytes);
    bool take_header();
    bool take_contents(std::string_view& bytes);
    bool take_zeros(std::string_view& bytes, State next);
    bool end_file();
    bool hold_to_manifest();
    bool fail(std::string what);
    bool pass(std::optional<LogFault> fault);

    BackupFiles& files_;
    State state_ = State::header;
    std::string block_;       // of a header, as far as it has come
    TarEntry entry_;          // whose bytes are being read
    std::uint64_t left_ = 0;  // of its bytes, or of zeros
    Sha256 sha256_;
    std::string manifest_text_;
    std::vector<BackupFile> seen_;
    std::uint64_t seen_bytes_ = 0;
    BackupManifest manifest_;
    std::uint64_t bytes_taken_ = 0;
    std::string problem_;
    bool is_fault_of_files_ = false;
};

}  // namespace keyledger
