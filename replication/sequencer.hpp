#pragma once
// The one writer: takes what is asked, in order, and makes it true.

#include "ledger/rules/command.hpp"
#include "ledger/rules/result.hpp"
#include "projections/snapshot.hpp"
#include "projections/tables.hpp"
#include "replication/batch_builder.hpp"
#include "replication/commit_log.hpp"
#include "replication/read_batcher.hpp"
#include "replication/unavailable.hpp"
#include "replication/use_batcher.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/fwd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keyledger {

struct SequencerSettings {
    std::size_t queue_max = 100'000;        // commands that wait; more are refused
    std::size_t batch_events_max = 20'000;  // a batch ends with the command that reaches it
    std::size_t batch_bytes_max = 4 * 1024 * 1024;
    Duration flush_interval = std::chrono::milliseconds(100);  // a use is committed within it
    std::uint64_t snapshot_every_events = 1'000'000;
    std::size_t snapshots_kept = 2;
    std::uint64_t node = 0;
};

using Submitted = std::variant<Receipt, Rejection, Unavailable>;

// What is counted for the metrics; read on any thread.
struct SequencerCounts {
    std::atomic<std::uint64_t> batches{0}, events{0}, commands{0}, rejections{0}, bytes{0};
    std::atomic<std::uint64_t> commit_microseconds{0};  // in all
    std::atomic<std::uint64_t> snapshots{0};
    std::atomic<std::uint64_t> queued{0};
};

// Lives on the ledger thread, whose io_context is `context`; `submit` alone may be called on
// others. A fault of the log is handed to `on_fault`, which must not return: nobody may be answered
// after it.
class Sequencer {
public:
    Sequencer(boost::asio::io_context& context, EventLog& log, CommitLog& commit_log,
              Tables& tables, UseBatcher& uses, const Clock& clock, Random& random,
              spdlog::logger& logger, std::function<void(const LogFault&)> on_fault,
              SequencerSettings settings);

    // Begins: says what an unclean stop may have lost, and that this start has begun. Before the
    // context runs. `started` is called on the ledger thread once that is committed.
    void start(std::function<void()> started);

    // Instead of `start`: whatever is submitted is refused, since the log must not be written to.
    void refuse_all();

    // Waits for its turn, and resumes on the caller's thread once the tables show what became of
    // it. The caller's io_context outlives the ledger thread, which may still be handing it the
    // answer when it resumes.
    boost::asio::awaitable<Submitted> submit(Submission submission);

    // Who read the history: stated with the next flush of uses. Any thread.
    ReadBatcher& reads() { return reads_; }

    // What the node itself has to say; never refused, unless it stops. It waits until this node
    // leads, and is said again where nobody knows what came of it, so that it may stand in the
    // ledger twice. Any thread; `answer` is called on the ledger thread.
    void submit_own(Command command, std::function<void(Submitted)> answer, Actor actor = {});

    // Takes no more, flushes uses and reads, says that it stopped, and lets the context run out.
    void stop();

    const SequencerCounts& counts() const { return counts_; }

private:
    // Whose command it is: the sequencer's own are never refused.
    enum class Asker : std::uint8_t { client, sequencer };
    struct Waiting {
        Submission submission;
        std::function<void(Submitted)> answer;
        Asker asker = Asker::client;
    };

    // Takes `waiting`, or leaves it as it is and says why.
    std::optional<Unavailable> enqueue(Waiting& waiting);
    bool has_work();
    std::vector<Waiting> take_queue();
    std::vector<Submitted> decide(std::vector<Waiting>& turn);
    void put_back(std::vector<Waiting>& turn, std::size_t decided);
    void give_up(std::vector<Waiting> turn, std::vector<Submitted> answers, CommitOutcome outcome);
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> run_turn();
    boost::asio::awaitable<void> write_snapshot_chunk();
    boost::asio::awaitable<void> flush_uses_regularly();
    void flush_uses();
    void state_reads(std::vector<ActorReads> all);
    void finish();

    boost::asio::io_context& context_;
    EventLog& log_;
    CommitLog& commit_log_;
    Tables& tables_;
    UseBatcher& uses_;
    ReadBatcher reads_;
    const Clock& clock_;
    spdlog::logger& logger_;
    std::function<void(const LogFault&)> on_fault_;
    const SequencerSettings settings_;
    BatchBuilder builder_;
    SequencerCounts counts_;

    std::mutex queue_mutex_;  // guards the next three
    std::vector<Waiting> queue_;
    std::size_t taken_ = 0;  // out of the queue, and not decided yet
    bool refusing_ = false;

    std::vector<Waiting> aside_;  // the node's own, until it leads

    boost::asio::steady_timer work_;   // ends when there is something in the queue
    boost::asio::steady_timer flush_;  // the next regular flush
    bool stopping_ = false;
    bool finished_ = false;
    bool flush_in_flight_ = false;
    std::uint64_t boot_ = 0;
    std::uint64_t flushes_ = 0;
    std::uint64_t last_snapshot_ = 0;
    std::optional<SnapshotWriter> snapshot_;
};

}  // namespace keyledger
