#include "tests/replication/simulation/simulated_commit_log.hpp"

#include "replication/called_back.hpp"

#include <utility>

namespace keyledger {

namespace asio = boost::asio;

asio::awaitable<CommitLog::Committed> SimulatedCommitLog::commit(GrowingBatch& batch) {
    auto propose = [this, &batch](std::function<void(CommitOutcome)> ended) {
        replica_.propose(batch, std::move(ended));
    };
    CommitOutcome outcome = co_await called_back<CommitOutcome>(std::move(propose));
    if (outcome == CommitOutcome::unknown && mutation_ == LedgerMutation::unknown_is_committed)
        outcome = CommitOutcome::committed;
    co_return outcome;
}

asio::awaitable<std::optional<LogFault>> SimulatedCommitLog::write(Work work) {
    auto wait = [this, work = std::move(work)](
                    std::function<void(std::optional<LogFault>)> written) mutable {
        waiting_.push_back([work = std::move(work), written = std::move(written)] {
            written(work());
        });
    };
    return called_back<std::optional<LogFault>>(std::move(wait));
}

void SimulatedCommitLog::write_what_waits() {
    for (; !waiting_.empty(); waiting_.pop_front()) waiting_.front()();
}

void SimulatedCommitLog::tell() {
    if (replica_.may_decide()) changed_();
}

}  // namespace keyledger
