#include "ledger/backup/backup_directory.hpp"

#include "ledger/log/directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace keyledger {
namespace {

namespace fs = std::filesystem;

constexpr mode_t file_mode = 0600;
constexpr mode_t folder_mode = 0700;
constexpr std::size_t read_bytes = 256 * 1024;

std::optional<LogFault> write_all(const Descriptor& to, const std::string& file,
                                  std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written =
            uninterrupted([&] { return ::write(to.number(), bytes.data(), bytes.size()); });
        if (written < 0) return errno_fault("write", file);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return std::nullopt;
}

std::optional<LogFault> sync(const Descriptor& opened, const std::string& file) {
    if (uninterrupted([&] { return ::fsync(opened.number()); }) == 0) return std::nullopt;
    return errno_fault("sync", file);
}

std::string without_slash(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

BackupCopied damaged(std::string problem) {
    return {BackupFault::damaged, std::move(problem)};
}

// Hands the bytes of an open file on as they are read, and hashes them.
template <class Take>
std::variant<Digest, LogFault> read_through(const Descriptor& in, const std::string& file,
                                            Take take) {
    Sha256 sha256;
    std::string buffer(read_bytes, '\0');
    for (;;) {
        const ssize_t got =
            uninterrupted([&] { return ::read(in.number(), buffer.data(), buffer.size()); });
        if (got < 0) return errno_fault("read", file);
        if (got == 0) return sha256.take();
        const std::string_view some(buffer.data(), static_cast<std::size_t>(got));
        sha256.add(some);
        if (std::optional<LogFault> fault = take(some)) return std::move(*fault);
    }
}

}  // namespace

std::optional<LogFault> sync_directory(const std::string& directory) {
    const Descriptor opened(directory, O_RDONLY | O_DIRECTORY);
    if (!opened.is_open()) return errno_fault("open", directory);
    return sync(opened, directory);
}

std::variant<std::unique_ptr<BackupDirectory>, LogFault> BackupDirectory::make(
    const std::string& directory) {
    if (auto fault = check_unused(directory)) return std::move(*fault);
    std::unique_ptr<BackupDirectory> made(new BackupDirectory(without_slash(directory)));
    if (::mkdir(made->unfinished_.c_str(), folder_mode) != 0) {
        made->finished_ = true;  // it is another's
        if (errno != EEXIST) return errno_fault("make", made->unfinished_);
        return LogFault{"make " + made->unfinished_ +
                        ": it is there already: another backup is being made, or was cut short; "
                        "if none is, remove it"};
    }
    const std::string ledger = made->unfinished_ + "/" + std::string(backup_ledger_folder);
    if (::mkdir(ledger.c_str(), folder_mode) != 0) return errno_fault("make", ledger);
    return made;
}

BackupDirectory::~BackupDirectory() {
    std::error_code ignored;
    if (!finished_) fs::remove_all(unfinished_, ignored);
}

std::optional<LogFault> BackupDirectory::begin(const TarEntry& entry) {
    file_ = unfinished_ + "/" + entry.name;
    out_.emplace(file_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, file_mode);
    return out_->is_open() ? std::nullopt : std::optional(errno_fault("create", file_));
}

std::optional<LogFault> BackupDirectory::write(std::string_view bytes) {
    return write_all(*out_, file_, bytes);
}

std::optional<LogFault> BackupDirectory::end() {
    out_.reset();
    files_.push_back(std::move(file_));
    return std::nullopt;
}

std::optional<LogFault> BackupDirectory::finish() {
    for (const std::string& file : files_) {
        const Descriptor written(file, O_RDONLY);
        if (!written.is_open()) return errno_fault("open", file);
        if (auto fault = sync(written, file)) return fault;
    }
    for (const std::string& folder :
         {unfinished_ + "/" + std::string(backup_ledger_folder), unfinished_}) {
        if (auto fault = sync_directory(folder)) return fault;
    }
    // An empty directory of that name gives way.
    if (::rename(unfinished_.c_str(), directory_.c_str()) != 0)
        return errno_fault("rename to", directory_);
    finished_ = true;
    return sync_entry_of(directory_);
}

ReadBackupManifest read_backup_manifest(const std::string& directory) {
    const std::string file = (fs::path(directory) / backup_manifest).string();
    const FileBytes read = read_regular_file(file, backup_manifest_bytes_max);
    if (read.is_missing)
        return {{},
                BackupFault::no_backup,
                directory + " is no backup, or an unfinished one: it has no manifest"};
    if (read.fault) return {{}, BackupFault::disk, read.fault->what};
    auto manifest = parse_backup_manifest(read.bytes);
    if (!manifest) return {{}, BackupFault::damaged, file + " is no manifest of a backup"};
    return {std::move(*manifest), BackupFault::none, {}};
}

BackupCopied copy_backup_file(const std::string& directory, const BackupFile& file,
                              const std::string& to) {
    const std::string from = (fs::path(directory) / file.name).string();
    const Descriptor in(from, O_RDONLY | O_NONBLOCK);
    if (!in.is_open() && errno == ENOENT) return damaged(from + " is missing");
    struct stat status {};
    if (!in.is_open() || ::fstat(in.number(), &status) != 0)
        return {BackupFault::disk, errno_fault("open", from).what};
    if (!S_ISREG(status.st_mode)) return damaged(from + " is no regular file");
    std::optional<Descriptor> out;
    if (!to.empty()) {
        out.emplace(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, file_mode);
        if (!out->is_open()) return {BackupFault::disk, errno_fault("create", to).what};
    }
    const auto read = read_through(in, from, [&](std::string_view some) {
        return out ? write_all(*out, to, some) : std::nullopt;
    });
    std::optional<LogFault> fault;
    if (const auto* failed = std::get_if<LogFault>(&read)) fault = *failed;
    const bool is_same = !fault && std::get<Digest>(read) == file.digest;
    if (is_same && out) fault = sync(*out, to);
    if (is_same && !fault) return {};
    if (!to.empty()) ::unlink(to.c_str());
    if (fault) return {BackupFault::disk, std::move(fault->what)};
    return damaged(from + " is not what the backup's manifest says: it was damaged or changed");
}

}  // namespace keyledger
