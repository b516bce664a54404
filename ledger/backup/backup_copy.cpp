#include "ledger/backup/backup_copy.hpp"

#include "ledger/backup/backup_manifest.hpp"
#include "ledger/log/tree_rows.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace keyledger {
namespace {

namespace fs = std::filesystem;

LogFault copy_fault(const std::string& directory, const std::string& why) {
    return {"back up to " + directory + ": " + why};
}

}  // namespace

void remove_backup_copy(const std::string& directory) {
    std::error_code ignored;
    fs::remove_all(directory, ignored);
    fs::remove_all(directory + ".tmp", ignored);  // RocksDB's own, before it is whole
}

BackupCopy::~BackupCopy() {
    remove_backup_copy(directory_);
}

std::variant<std::unique_ptr<BackupCopy>, LogFault> BackupCopy::make(const BackupRequest& request) {
    remove_backup_copy(request.directory);
    std::unique_ptr<BackupCopy> copy(new BackupCopy(request.directory));
    if (auto fault = copy->fill(request)) return std::move(*fault);
    return copy;
}

// What is in memory goes to files first, which takes long. The checkpoint is read only then, and
// the copy made at once after it: it holds all that the checkpoint covers, and little more.
std::optional<LogFault> BackupCopy::fill(const BackupRequest& request) {
    if (auto fault = request.log.write_out()) return fault;
    std::string note = request.checkpoint();
    const auto checkpoint = open_checkpoint(note, request.keys);
    if (!checkpoint)
        return copy_fault(directory_, "there is no checkpoint that one of the log's keys signed");
    if (auto fault = request.log.copy_files(directory_)) return fault;
    if (auto fault = look_inside(*checkpoint)) return fault;

    parts_.push_back({std::string(backup_checkpoint), {}, std::move(note)});
    parts_.push_back({std::string(backup_verifier_keys), {}, verifier_key_lines(request.keys)});
    if (!request.signing_key.empty())
        parts_.push_back({std::string(backup_signing_key), request.signing_key, {}});
    std::error_code error;
    for (fs::directory_iterator file(directory_, error); !error && file != fs::end(file);
         file.increment(error)) {
        std::string name = std::string(backup_ledger_folder) + file->path().filename().string();
        if (!is_backup_name(name)) return copy_fault(directory_, name + ": an unexpected file");
        parts_.push_back({std::move(name), file->path().string(), {}});
    }
    if (error) return copy_fault(directory_, error.message());
    if (parts_.size() > backup_files_max) return copy_fault(directory_, "too many files");
    std::ranges::sort(parts_, {}, &Part::name);
    return std::nullopt;
}

// A backup that can't be opened is none.
std::optional<LogFault> BackupCopy::look_inside(const SignedCheckpoint& checkpoint) {
    OpenOptions options;
    options.directory = directory_;
    options.mode = OpenOptions::Mode::read_only;
    auto opened = RocksdbLog::open(std::move(options));
    if (auto* fault = std::get_if<LogFault>(&opened)) return std::move(*fault);
    const RocksdbLog& log = *std::get<std::unique_ptr<RocksdbLog>>(opened);
    events_ = log.next_seq();
    const TreeHead& tree = checkpoint.checkpoint.tree;
    const auto range = tree.size <= events_ ? stored_range(log, tree.size) : std::nullopt;
    if (!range || range->root() != tree.root)
        return copy_fault(directory_, "the events are not those of the last checkpoint");
    return std::nullopt;
}

}  // namespace keyledger
