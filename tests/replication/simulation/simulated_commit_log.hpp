#pragma once
// Commits to a replica whose steps the simulation runs: what RaftCommitLog does, without its time
// and its threads.

#include "replication/commit_log.hpp"
#include "replication/replica.hpp"

#include <deque>
#include <functional>

namespace keyledger {

// What is broken on purpose, to see that it is noticed.
enum class LedgerMutation : std::uint8_t {
    none,
    no_wait_for_the_disk,  // sends, applies and goes on before anything is synced
    torn_batches,          // what is applied gets to the disk before its events
    unknown_is_committed,  // a batch of unknown outcome is said to be committed
};

class SimulatedCommitLog final : public CommitLog {
public:
    SimulatedCommitLog(Replica& replica, LedgerMutation mutation)
        : replica_(replica), mutation_(mutation) {}

    bool may_decide() const override { return replica_.may_decide(); }
    void when_it_may_decide(std::function<void()> changed) override {
        changed_ = std::move(changed);
    }
    boost::asio::awaitable<Committed> commit(GrowingBatch& batch) override;
    boost::asio::awaitable<std::optional<LogFault>> write(Work work) override;
    void stop() override {}

    // Between two steps of the replica.
    void write_what_waits();
    void tell();

private:
    Replica& replica_;
    const LedgerMutation mutation_;
    std::function<void()> changed_ = [] {};
    std::deque<std::function<void()>> waiting_;
};

}  // namespace keyledger
