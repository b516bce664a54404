#pragma once
// POST /v1/backups: the whole ledger, as an archive, while it is served.

#include "http/admin/admin_door.hpp"
#include "http/body_stream.hpp"
#include "http/history_thread.hpp"
#include "ledger/backup/backup_writer.hpp"
#include "replication/checkpoint_signer.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace keyledger {

// What backups are made of. All outlive the handler.
struct BackupSources {
    const RocksdbLog& log;
    std::string directory;  // for the copy that a backup is read from; on the log's file system
    const CheckpointSigner& signer;
    std::vector<VerifierKey> keys;  // of the log, the newest first
    HistoryThread& thread;          // where they are made and read, and nothing else is
    // Why one could not be made, or not be read to its end. HTTP or backup threads.
    std::function<void(const LogFault&)> on_fault;
    bool is_whole = true;  // the log is no less than what was signed: else there is none to be had
};

// The one backup that is being made, with the copy that it is read from. Goes on the backup thread,
// which takes the copy away. A resource.
class RunningBackup {
public:
    // Null while there is another.
    static std::unique_ptr<RunningBackup> begin(const BackupSources& sources,
                                                const std::shared_ptr<std::atomic<bool>>& busy);
    ~RunningBackup();
    RunningBackup(const RunningBackup&) = delete;
    RunningBackup& operator=(const RunningBackup&) = delete;

    // On the backup thread, once. False, and on_fault has it, where no copy could be made.
    bool make_copy(Timestamp now);
    // On the backup thread, where there is a copy: BackupWriter::next. False at a fault.
    bool read_on(std::string& piece);

    std::uint64_t events() const { return held_->writer->events(); }

private:
    struct Held {
        explicit Held(std::shared_ptr<std::atomic<bool>> is_busy) : busy(std::move(is_busy)) {}
        ~Held();
        std::shared_ptr<std::atomic<bool>> busy;
        std::unique_ptr<BackupWriter> writer;
    };
    RunningBackup(const BackupSources& sources, std::shared_ptr<Held> held)
        : sources_(sources), held_(std::move(held)) {}

    const BackupSources& sources_;
    std::shared_ptr<Held> held_;
};

// Lives on the session's thread; what it was made of outlives it.
class BackupStream final : public BodyStream {
public:
    BackupStream(const AdminDoor& door, HistoryThread& thread,
                 std::unique_ptr<RunningBackup> backup, const KeyId& reader)
        : door_(door), thread_(thread), backup_(std::move(backup)), reader_(reader) {}

    boost::asio::awaitable<std::string> next() override;
    // Its reader may read no more or is too slow, or the copy can't be read.
    bool is_cut() const override { return is_cut_; }

private:
    bool is_too_slow() const;

    const AdminDoor& door_;
    HistoryThread& thread_;
    std::unique_ptr<RunningBackup> backup_;
    KeyId reader_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::uint64_t sent_ = 0;
    bool is_cut_ = false;
};

// One for all HTTP threads.
class BackupHandler {
public:
    BackupHandler(AdminDoor& door, BackupSources sources)
        : door_(door), sources_(std::move(sources)) {}

    // 409 while another is being made.
    boost::asio::awaitable<void> make(Exchange& exchange);

private:
    AdminDoor& door_;
    const BackupSources sources_;
    const std::shared_ptr<std::atomic<bool>> busy_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace keyledger
