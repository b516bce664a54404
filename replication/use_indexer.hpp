#pragma once
// Writes the rows of uses when there are enough of them, or a minute after the last time.

#include "ledger/log/event_log.hpp"
#include "projections/use_tail.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace keyledger {

// Has a thread of its own, so that neither commits nor checks wait while it sorts and writes. A
// fault is handed to `on_fault`, which must not return. All outlive it.
class UseIndexer {
public:
    UseIndexer(EventLog& log, UseTail& tail, std::function<void(const LogFault&)> on_fault);
    ~UseIndexer();
    UseIndexer(const UseIndexer&) = delete;
    UseIndexer& operator=(const UseIndexer&) = delete;

    void start();
    // Writes all that the tail has, so that the next start finds nothing to fill it with, and ends
    // the thread.
    void stop();

private:
    void run();

    EventLog& log_;
    UseTail& tail_;
    std::function<void(const LogFault&)> on_fault_;

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace keyledger
