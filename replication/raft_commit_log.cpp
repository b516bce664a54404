#include "replication/raft_commit_log.hpp"

#include "replication/called_back.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace keyledger {

namespace {

namespace asio = boost::asio;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

// What a coroutine of the ledger thread did not catch ends the thread, and with it the process.
void rethrow(std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

RaftCommitLog::RaftCommitLog(asio::io_context& context, EventLog& log, Replica& replica,
                             SendMessage send, std::function<void(const LogFault&)> on_fault)
    : context_(context),
      log_(log),
      replica_(replica),
      send_(std::move(send)),
      on_fault_(std::move(on_fault)),
      input_(context),
      ticks_(context) {}

void RaftCommitLog::start() {
    asio::co_spawn(context_, run(), rethrow);
    asio::co_spawn(context_, tick_regularly(), rethrow);
}

void RaftCommitLog::when_it_may_decide(std::function<void()> changed) {
    changed_ = std::move(changed);
}

// One write at a time: a step of the replica, or what else is to be written.
asio::awaitable<void> RaftCommitLog::run() {
    while (!stopping_) {
        if (!asides_.empty()) {
            co_await run_aside();
            continue;
        }
        std::optional<ReplicaStep> step = replica_.begin();
        if (step) {
            co_await run_step(std::move(*step));
            continue;
        }
        tell_if_it_may_decide();
        // Nothing was put in since `begin`: whoever does it ends this wait.
        input_.expires_at(std::chrono::steady_clock::time_point::max());
        co_await input_.async_wait(as_tuple);
    }
}

asio::awaitable<void> RaftCommitLog::run_step(ReplicaStep step) {
    send(step.at_once);
    if (step.writes()) {
        DiskThread::Work work = [this, &step] { return step.write(log_); };
        const std::optional<LogFault> fault = co_await disk_.run(std::move(work));
        if (fault) on_fault_(*fault);
    }
    send(step.after_write);
    if (const auto fault = replica_.finish()) on_fault_(*fault);
}

asio::awaitable<void> RaftCommitLog::run_aside() {
    Aside aside = std::move(asides_.front());
    asides_.pop_front();
    std::optional<LogFault> fault = co_await disk_.run(std::move(aside.work));
    aside.written(std::move(fault));
}

asio::awaitable<void> RaftCommitLog::tick_regularly() {
    ticks_.expires_after(tick);
    while (!stopping_) {
        co_await ticks_.async_wait(as_tuple);
        check(replica_.engine().tick());
        // From when it was due: what waited for the thread makes up for it.
        ticks_.expires_at(ticks_.expiry() + tick);
    }
}

void RaftCommitLog::receive(std::string_view message) {
    // What is no message was sent by nobody's engine: whoever received it may close the link.
    const RaftAnswer answer = replica_.engine().step(message);
    if (answer != RaftAnswer::refused) check(answer);
}

void RaftCommitLog::check(RaftAnswer answer) {
    if (answer == RaftAnswer::broken)
        on_fault_(LogFault{"the Raft engine: " + replica_.engine().failure()});
    input_.cancel();
}

void RaftCommitLog::send(std::vector<RaftMessage>& messages) {
    for (RaftMessage& message : messages) send_(std::move(message));
}

bool RaftCommitLog::may_decide() const {
    const bool may = replica_.may_decide();
    wants_to_know_ = wants_to_know_ || !may;
    return may;
}

void RaftCommitLog::tell_if_it_may_decide() {
    if (!wants_to_know_ || !replica_.may_decide()) return;
    wants_to_know_ = false;
    changed_();
}

asio::awaitable<CommitLog::Committed> RaftCommitLog::commit(GrowingBatch& batch) {
    auto propose = [this, &batch](std::function<void(CommitOutcome)> ended) {
        replica_.propose(batch, std::move(ended));
        input_.cancel();
    };
    co_return co_await called_back<CommitOutcome>(std::move(propose));
}

asio::awaitable<std::optional<LogFault>> RaftCommitLog::write(Work work) {
    auto write = [this, work = std::move(work)](
                     std::function<void(std::optional<LogFault>)> written) mutable {
        asides_.push_back({std::move(work), std::move(written)});
        input_.cancel();
    };
    return called_back<std::optional<LogFault>>(std::move(write));
}

void RaftCommitLog::stop() {
    stopping_ = true;
    input_.cancel();
    ticks_.cancel();
}

}  // namespace keyledger
