#pragma once
// Seals the heads of all keys' streams into the ledger, now and then: with that event it can be
// proved that nothing of a key was left out, and that there is no such key.

#include "ledger/log/event_log.hpp"
#include "projections/stream_heads.hpp"
#include "projections/tables.hpp"
#include "replication/sequencer.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace keyledger {

// The heads that the event `seq` has sealed, as of the event `at_seq`.
struct SealedHeads {
    std::shared_ptr<const StreamHeads> heads;
    std::uint64_t at_seq = 0;
    std::uint64_t seq = 0;
};

// Has a thread of its own, which reads the new events from the log and hashes what has changed; the
// ledger thread only writes the event. Seals once at a start, and then after each interval in which
// something of a key has come. All outlive it.
class HeadSealer {
public:
    // Before anything is written: the tables hold the heads as of their newest event.
    HeadSealer(const EventLog& log, const Tables& tables, Sequencer& sequencer, Duration interval,
               std::function<void(const LogFault&)> on_fault);
    ~HeadSealer();
    HeadSealer(const HeadSealer&) = delete;
    HeadSealer& operator=(const HeadSealer&) = delete;

    void start();
    // Before the sequencer stops.
    void stop();

    // The newest whose event is among the first `size`, all that a checkpoint covers: null before
    // the first one of this start. Any thread.
    std::shared_ptr<const SealedHeads> sealed(std::uint64_t size) const;

private:
    void run();
    bool follow();
    void seal();

    const EventLog& log_;
    const Tables& tables_;
    Sequencer& sequencer_;
    const Duration interval_;
    std::function<void(const LogFault&)> on_fault_;
    std::optional<StreamHeadsKeeper> keeper_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;  // guarded by mutex_
    // Likewise: the newest that a checkpoint surely covers by now, and those since. Oldest first.
    struct Sealed {
        std::chrono::steady_clock::time_point since;
        std::shared_ptr<const SealedHeads> heads;
    };
    std::deque<Sealed> sealed_;
    std::thread thread_;
};

}  // namespace keyledger
