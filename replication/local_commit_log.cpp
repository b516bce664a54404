#include "replication/local_commit_log.hpp"

#include <utility>

namespace keyledger {

namespace asio = boost::asio;

asio::awaitable<CommitLog::Committed> LocalCommitLog::commit(GrowingBatch& batch) {
    if (batch.events().empty()) co_return CommitOutcome::committed;
    Work work = [this, &batch] { return log_.append(batch.batch()); };
    std::optional<LogFault> fault = co_await disk_.run(std::move(work));
    if (fault) co_return std::move(*fault);
    applier_.show(batch.events());
    co_return CommitOutcome::committed;
}

asio::awaitable<std::optional<LogFault>> LocalCommitLog::write(Work work) {
    return disk_.run(std::move(work));
}

}  // namespace keyledger
