#include "tests/replication/simulation/simulated_commit_log.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace keyledger {

namespace {

namespace asio = boost::asio;

template <class Result, class Begin>
asio::awaitable<Result> called_back(Begin begin) {
    auto initiate = [](auto handler, Begin begins) {
        auto executor = asio::get_associated_executor(handler);
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        begins([executor, shared](Result result) {
            asio::post(executor, [shared, result = std::move(result)]() mutable {
                std::move (*shared)(std::move(result));
            });
        });
    };
    auto waiting = asio::async_initiate<const asio::use_awaitable_t<>, void(Result)>(
        std::move(initiate), asio::use_awaitable, std::move(begin));
    co_return co_await std::move(waiting);
}

}  // namespace

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
