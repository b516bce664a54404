#pragma once
// A backup as a directory: how it comes to be there, whole or not at all, and how its files are
// taken out of it again.

#include "ledger/backup/backup_manifest.hpp"
#include "ledger/backup/backup_reader.hpp"
#include "ledger/log/descriptor.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyledger {

// Files as they come, in `directory` + ".partial" until all are there and synced, which is done at
// the end: who sends them does not wait for it. A resource.
class BackupDirectory final : public BackupFiles {
public:
    // Makes the unfinished directory, mode 0700. A fault if there is anything in `directory`, or
    // already an unfinished one: another run may be at it.
    static std::variant<std::unique_ptr<BackupDirectory>, LogFault> make(
        const std::string& directory);

    ~BackupDirectory() override;  // an unfinished one goes with all that is in it
    BackupDirectory(const BackupDirectory&) = delete;
    BackupDirectory& operator=(const BackupDirectory&) = delete;

    std::optional<LogFault> begin(const TarEntry& entry) override;
    std::optional<LogFault> write(std::string_view bytes) override;
    std::optional<LogFault> end() override;

    // All is there: it gets its name. Durable when it returns without a fault.
    std::optional<LogFault> finish();

private:
    explicit BackupDirectory(std::string directory)
        : directory_(std::move(directory)), unfinished_(directory_ + ".partial") {}

    std::string directory_, unfinished_;
    std::string file_;                // the path of the one under way
    std::vector<std::string> files_;  // that are there
    std::optional<Descriptor> out_;
    bool finished_ = false;
};

// What is wrong with a backup, as against a fault of the disk.
enum class BackupFault : std::uint8_t { none, no_backup, damaged, disk };

struct ReadBackupManifest {
    BackupManifest manifest;
    BackupFault kind = BackupFault::none;
    std::string problem;
};
ReadBackupManifest read_backup_manifest(const std::string& directory);

struct BackupCopied {
    BackupFault kind = BackupFault::none;
    std::string problem;
};
// Writes `file` of the backup in `directory` to `to`, which is not there: mode 0600, synced but for
// its name. `damaged`, which names the file, if its bytes are not those of the manifest; what was
// written then goes. With an empty `to` it is only compared.
BackupCopied copy_backup_file(const std::string& directory, const BackupFile& file,
                              const std::string& to);

// Makes the names in a directory durable.
std::optional<LogFault> sync_directory(const std::string& directory);

}  // namespace keyledger
