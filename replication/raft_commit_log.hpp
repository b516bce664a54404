#pragma once
// Commits to a majority of a cluster: runs a replica's steps on the ledger thread and a disk
// thread, in time.

#include "replication/commit_log.hpp"
#include "replication/disk_thread.hpp"
#include "replication/replica.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace keyledger {

// What the replica of this node has to say to another one. It may be lost. On the ledger thread.
using SendMessage = std::function<void(RaftMessage message)>;

// Lives on the ledger thread, whose io_context is `context`; has the disk thread. A fault is handed
// to `on_fault`, which must not return. All outlive it.
class RaftCommitLog final : public CommitLog {
public:
    static constexpr Duration tick = std::chrono::milliseconds(50);

    RaftCommitLog(boost::asio::io_context& context, EventLog& log, Replica& replica,
                  SendMessage send, std::function<void(const LogFault&)> on_fault);

    // Begins to tick. Before the context runs.
    void start();

    // A message for this node's engine.
    void receive(std::string_view message);

    bool may_decide() const override;
    void when_it_may_decide(std::function<void()> changed) override;
    boost::asio::awaitable<Committed> commit(GrowingBatch& batch) override;
    boost::asio::awaitable<std::optional<LogFault>> write(Work work) override;
    // After the last commit.
    void stop() override;

private:
    // What is to be written between two steps, and who waits for it.
    struct Aside {
        Work work;
        std::function<void(std::optional<LogFault>)> written;
    };

    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> run_step(ReplicaStep step);
    boost::asio::awaitable<void> run_aside();
    boost::asio::awaitable<void> tick_regularly();
    void send(std::vector<RaftMessage>& messages);
    void check(RaftAnswer answer);
    void tell_if_it_may_decide();

    boost::asio::io_context& context_;
    EventLog& log_;
    Replica& replica_;
    const SendMessage send_;
    const std::function<void(const LogFault&)> on_fault_;
    std::function<void()> changed_ = [] {};
    mutable bool wants_to_know_ = false;  // who asked, and heard no
    DiskThread disk_;
    std::deque<Aside> asides_;
    boost::asio::steady_timer input_;  // ends when there may be a step
    boost::asio::steady_timer ticks_;
    bool stopping_ = false;
};

}  // namespace keyledger
