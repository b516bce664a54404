#pragma once
// A sequencer on a log, with a disk that a test can hold, on the thread of the test.

#include "replication/applier.hpp"
#include "replication/sequencer.hpp"
#include "tests/support/randomness.hpp"
#include "tests/support/test_clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace keyledger {

// Commits to a log at once, or when it is let to. Lives on the ledger thread.
class HoldingCommitLog final : public CommitLog {
public:
    HoldingCommitLog(boost::asio::io_context& context, EventLog& log, Applier& applier)
        : log_(log), applier_(applier), released_(context) {}

    bool may_decide() const override { return leads_; }
    void when_it_may_decide(std::function<void()> changed) override {
        changed_ = std::move(changed);
    }
    boost::asio::awaitable<Committed> commit(GrowingBatch& batch) override;
    boost::asio::awaitable<std::optional<LogFault>> write(Work work) override { co_return work(); }
    void stop() override {}

    void hold() { held_ = true; }
    void release();
    // One batch, and no more.
    void release_one();

    // From now on, whether it may decide.
    void lead(bool leads);

    std::optional<LogFault> fault;         // what each commit ends with
    // What the next commits come to, whether or not the events are in the log by then.
    CommitOutcome outcome = CommitOutcome::committed;
    std::vector<std::size_t> batch_sizes;  // events of each batch that came in with any

private:
    EventLog& log_;
    Applier& applier_;
    std::function<void()> changed_;
    bool leads_ = true;
    boost::asio::steady_timer released_;
    bool held_ = false;
    std::size_t passes_ = 0;
};

// What Sequencer::on_fault throws, since it must not return.
struct EndOfProcess : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// What a command came to, once it is known.
using Answer = std::shared_ptr<std::optional<Submitted>>;

// One start of a ledger: restores the tables, and begins. Whoever destroys it without `stop` has
// killed it.
class RunningSequencer {
public:
    static constexpr std::uint64_t node = 7;

    RunningSequencer(EventLog& log, const Clock& clock, SequencerSettings settings = {},
                     UsageDetail detail = UsageDetail::folded);
    ~RunningSequencer();

    // `answered` is called when the answer is there.
    Answer submit(Submission submission, std::function<void()> answered = {});
    // From a thread that runs another context.
    Answer submit(Submission submission, std::function<void()> answered,
                  boost::asio::io_context& from);
    // Submits and waits.
    Submitted ask(Submission submission);
    Receipt receipt_of(Submission submission);  // of one that may not be refused

    // Runs the ledger thread's work until that holds; false if it never did.
    bool run_until(const std::function<bool()>& condition);
    // Runs all that can be done without waiting.
    void run_ready();
    // Stops, and runs until all is done.
    bool stop();

    // A check of that key that was answered on a thread of its own.
    void count(const KeyId& key, Timestamp time, std::uint32_t times = 1);

private:
    SeededRandom random_{1};
    std::shared_ptr<spdlog::logger> logger_;

public:
    boost::asio::io_context context{1};
    EventLog& log;
    Tables tables;
    AppliedSignal signal{tables};
    UseBatcher uses;
    Applier applier{log, tables, signal};
    HoldingCommitLog commits{context, log, applier};
    std::optional<Sequencer> sequencer;
    bool started = false;
};

// A workspace `acme` and the key 1 in it, as a start finds them.
void fill(EventLog& log, const Clock& clock);

// The events of a log, from `seq` on.
std::vector<Event> events_of(const EventLog& log, std::uint64_t seq = 0);

}  // namespace keyledger
