#pragma once
// Commits to this machine's own log: a batch is agreed upon when it is on its disk.

#include "replication/applier.hpp"
#include "replication/commit_log.hpp"
#include "replication/disk_thread.hpp"

namespace keyledger {

// Lives on the ledger thread. All outlive it.
class LocalCommitLog final : public CommitLog {
public:
    LocalCommitLog(EventLog& log, Applier& applier) : log_(log), applier_(applier) {}

    bool may_decide() const override { return true; }
    void when_it_may_decide(std::function<void()>) override {}
    boost::asio::awaitable<Committed> commit(GrowingBatch& batch) override;
    boost::asio::awaitable<std::optional<LogFault>> write(Work work) override;
    void stop() override {}

private:
    EventLog& log_;
    Applier& applier_;
    DiskThread disk_;
};

}  // namespace keyledger
