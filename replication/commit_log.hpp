#pragma once
// Where a batch becomes durable and agreed upon. What stands behind it is this machine's disk, or a
// majority of a cluster.

#include "ledger/log/event_log.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>

namespace keyledger {

// Lives on the ledger thread. One batch in flight: `commit` is not called again before it has
// returned.
class CommitLog {
public:
    virtual ~CommitLog() = default;
    // Resumes on the ledger thread when the batch is durable and committed, or has failed for good:
    // then nobody may be told that it happened, and the process ends. `batch` outlives the call.
    virtual boost::asio::awaitable<std::optional<LogFault>> commit(const LogBatch& batch) = 0;
    // Rows without events, durable with the next batch (snapshots).
    virtual boost::asio::awaitable<std::optional<LogFault>> put(const std::vector<Row>& rows) = 0;
};

}  // namespace keyledger
