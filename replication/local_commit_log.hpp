#pragma once
// Commits to this machine's own log: a batch is agreed upon when it is on its disk.

#include "replication/commit_log.hpp"

#include <boost/asio/thread_pool.hpp>

namespace keyledger {

// Lives on the ledger thread; has the disk thread, which does the synced write and owns nothing but
// the batch that it was handed. `log` outlives it.
class LocalCommitLog final : public CommitLog {
public:
    explicit LocalCommitLog(EventLog& log) : log_(log) {}
    ~LocalCommitLog() override;

    boost::asio::awaitable<std::optional<LogFault>> commit(const LogBatch& batch) override;
    boost::asio::awaitable<std::optional<LogFault>> put(const std::vector<Row>& rows) override;

private:
    EventLog& log_;
    boost::asio::thread_pool disk_{1};
};

}  // namespace keyledger
