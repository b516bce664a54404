#pragma once
// The thread that waits for the disk, so that the ledger thread does not.

#include "ledger/log/event_log.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <optional>

namespace keyledger {

// Owns nothing but the work that it was handed, in order. Its end waits for all of it.
class DiskThread {
public:
    DiskThread() = default;
    ~DiskThread();
    DiskThread(const DiskThread&) = delete;
    DiskThread& operator=(const DiskThread&) = delete;

    // Runs `work` there, and resumes the caller where it was.
    using Work = std::function<std::optional<LogFault>()>;
    boost::asio::awaitable<std::optional<LogFault>> run(Work work);

private:
    boost::asio::thread_pool thread_{1};
};

}  // namespace keyledger
