#pragma once
// Signs what the ledger holds, less than a second after it came: the size and root that a later
// start, and anybody else, can hold it to.

#include "ledger/base/clock.hpp"
#include "ledger/log/checkpoint_file.hpp"
#include "ledger/log/event_log.hpp"
#include "ledger/log/tree_rows.hpp"
#include "ledger/proof/checkpoint.hpp"
#include "projections/tables.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace keyledger {

// The newest checkpoint that anybody may see, with what proofs under it are made from.
struct PublishedCheckpoint {
    std::string note;  // as it was signed; empty if there is none
    TreeHead head;
    TreeWriter tree;  // of as many events; of another size where the log does not hold them
};

// Where checkpoints go.
struct CheckpointPlaces {
    std::string file;  // the ledger's own
    // On another disk, so that a ledger that went back as a whole is noticed; empty: there is none.
    std::string copy;
    // The copy could not be written. The next checkpoint tries again.
    std::function<void(const LogFault&)> on_copy_fault;
};

// Has a thread of its own: it reads the events back from the log, hashes them again, and signs only
// a root that is also the one of the tree beside them. What it signed is in the ledger's own file,
// synced, before anybody sees it. Where nothing new comes, the last one is signed and written again
// each minute, so that a file that went back or away does not stay so. A fault is handed to
// `on_fault`, which must not return. All outlive it.
class CheckpointSigner {
public:
    // `before` is the newest checkpoint so far.
    CheckpointSigner(const EventLog& log, const Tables& tables, const SigningKeys& keys,
                     const Clock& clock, CheckpointPlaces places, PublishedCheckpoint before,
                     std::function<void(const LogFault&)> on_fault);
    ~CheckpointSigner();
    CheckpointSigner(const CheckpointSigner&) = delete;
    CheckpointSigner& operator=(const CheckpointSigner&) = delete;

    // The log extends the newest checkpoint. What is applied is signed when it returns: before
    // anybody is served, so that a key which has just taken over signs before the next may.
    void start();
    // Signs all that is applied, and ends the thread.
    void stop();

    // Any thread. Never null.
    std::shared_ptr<const PublishedCheckpoint> published() const;

private:
    void run();
    // Whether there was anything new.
    bool sign_what_is_applied();
    std::optional<LogFault> read_back(std::uint64_t size);
    void sign();

    const EventLog& log_;
    const Tables& tables_;
    const SigningKeys& keys_;
    const Clock& clock_;
    const CheckpointPlaces places_;
    TreeWriter tree_;
    std::function<void(const LogFault&)> on_fault_;
    bool failed_ = false;  // nothing is signed any more

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;                                 // guarded by mutex_
    std::shared_ptr<const PublishedCheckpoint> published_;  // likewise
    std::thread thread_;
};

// Whether the log still holds what the checkpoint said; else what does not fit.
std::optional<std::string> contradiction(const EventLog& log, const TreeHead& checkpoint);

}  // namespace keyledger
