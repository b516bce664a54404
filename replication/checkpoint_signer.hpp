#pragma once
// Signs what the ledger holds, at most a second after it came: the size and root that a later
// start, and anybody else, can hold it to.

#include "ledger/log/checkpoint_file.hpp"
#include "ledger/log/event_log.hpp"
#include "ledger/log/tree_rows.hpp"
#include "ledger/proof/checkpoint.hpp"
#include "projections/tables.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace keyledger {

// Has a thread of its own: it reads the events back from the log, hashes them again, and signs only
// a root that is also the one of the tree beside them. What it signed is in `file`, synced, before
// anybody sees it. A fault is handed to `on_fault`, which must not return. All outlive it.
class CheckpointSigner {
public:
    // `signed_before` is the tree of the newest checkpoint, which the log extends.
    CheckpointSigner(const EventLog& log, const Tables& tables, const SignerKey& key,
                     std::string file, CompactRange signed_before,
                     std::function<void(const LogFault&)> on_fault);
    ~CheckpointSigner();
    CheckpointSigner(const CheckpointSigner&) = delete;
    CheckpointSigner& operator=(const CheckpointSigner&) = delete;

    void start();
    // Signs all that is applied, and ends the thread.
    void stop();

    // How many events the newest checkpoint covers. Any thread.
    std::uint64_t signed_size() const { return signed_size_.load(); }

private:
    void run();
    void sign_up_to(std::uint64_t size);

    const EventLog& log_;
    const Tables& tables_;
    const SignerKey& key_;
    const std::string file_;
    CompactRange range_;
    std::function<void(const LogFault&)> on_fault_;
    std::atomic<std::uint64_t> signed_size_;

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;  // guarded by mutex_
    std::thread thread_;
};

// Whether the log still holds what the checkpoint said; else what does not fit.
std::optional<std::string> contradiction(const EventLog& log, const TreeHead& checkpoint);

}  // namespace keyledger
