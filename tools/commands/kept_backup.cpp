#include "tools/commands/kept_backup.hpp"

#include "ledger/log/checkpoint_file.hpp"
#include "ledger/log/descriptor.hpp"

#include <filesystem>
#include <utility>

namespace keyledger {
namespace {

ExitCode exit_code_of(BackupFault kind) {
    switch (kind) {
        case BackupFault::none: return ExitCode::success;
        case BackupFault::no_backup: return ExitCode::not_found;
        case BackupFault::damaged: return ExitCode::integrity;
        case BackupFault::disk: return ExitCode::error;
    }
    return ExitCode::error;
}

}  // namespace

std::variant<KeptBackup, Failure> KeptBackup::read(const std::string& directory) {
    KeptBackup backup(directory);
    if (auto failure = backup.read_all()) return std::move(*failure);
    return backup;
}

std::string KeptBackup::path(std::string_view name) const {
    return (std::filesystem::path(directory_) / name).string();
}

std::optional<Failure> KeptBackup::copy(const BackupFile& file, const std::string& to) const {
    BackupCopied copied = copy_backup_file(directory_, file, to);
    if (copied.kind == BackupFault::none) return {};
    return Failure{std::move(copied.problem), exit_code_of(copied.kind)};
}

std::optional<Failure> KeptBackup::read_all() {
    ReadBackupManifest read = read_backup_manifest(directory_);
    if (read.kind != BackupFault::none)
        return Failure{std::move(read.problem), exit_code_of(read.kind)};
    manifest_ = std::move(read.manifest);
    for (const std::string_view name : {backup_verifier_keys, backup_checkpoint}) {
        if (auto failure = check(*manifest_.find(name))) return failure;
    }
    const std::string keys_file = path(backup_verifier_keys);
    auto keys = parse_verifier_keys(read_regular_file(keys_file, backup_text_bytes_max).bytes);
    if (!keys) return Failure{keys_file + " holds no verifier keys", ExitCode::integrity};
    keys_ = std::move(*keys);
    CheckpointFile file = read_checkpoint_file(path(backup_checkpoint), keys_);
    if (!file.checkpoint) {
        return Failure{file.fault ? file.fault->what : path(backup_checkpoint) + " is missing",
                       ExitCode::integrity};
    }
    checkpoint_ = std::move(file.checkpoint);
    return {};
}

}  // namespace keyledger
