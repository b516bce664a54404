#include "replication/sequencer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <memory>
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

Sequencer::Sequencer(asio::io_context& context, EventLog& log, CommitLog& commit_log,
                     Tables& tables, UseBatcher& uses, const Clock& clock, Random& random,
                     spdlog::logger& logger, std::function<void(const LogFault&)> on_fault,
                     SequencerSettings settings)
    : context_(context),
      log_(log),
      commit_log_(commit_log),
      tables_(tables),
      uses_(uses),
      clock_(clock),
      logger_(logger),
      on_fault_(std::move(on_fault)),
      settings_(settings),
      builder_(log, tables, clock, random),
      work_(context),
      flush_(context),
      last_snapshot_(newest_snapshot(log)) {}

// One batch at a time; all that waits goes into it.
asio::awaitable<void> Sequencer::run_turn() {
    std::vector<Waiting> turn = take_queue();
    if (!commit_log_.may_decide()) {
        give_up(std::move(turn), {}, CommitOutcome::dropped);
        co_return;
    }
    std::vector<Submitted> answers = decide(turn);
    // Decided: every command has its events or its refusal; nothing has happened yet.

    const auto began = std::chrono::steady_clock::now();
    const CommitLog::Committed committed = co_await commit_log_.commit(builder_.growing());
    if (const auto* fault = std::get_if<LogFault>(&committed)) on_fault_(*fault);
    const CommitOutcome outcome = std::get<CommitOutcome>(committed);
    if (outcome != CommitOutcome::committed) {
        builder_.drop();
        give_up(std::move(turn), std::move(answers), outcome);
        co_return;
    }
    // Durable, committed and visible: a crash from here on is repaired by replay, and loses
    // nothing; every look-up that begins now shows it.

    if (!builder_.events().empty()) {
        const auto took = std::chrono::steady_clock::now() - began;
        counts_.commit_microseconds += static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(took).count());
        counts_.batches += 1;
        counts_.events += builder_.events().size();
        counts_.bytes += builder_.bytes();
    }
    counts_.commands += turn.size();
    for (std::size_t i = 0; i < turn.size(); ++i) turn[i].answer(std::move(answers[i]));
    // Answered.
}

// Makes one batch, and leaves in the turn what it holds.
std::vector<Submitted> Sequencer::decide(std::vector<Waiting>& turn) {
    std::vector<Submitted> answers;
    answers.reserve(turn.size());
    builder_.clear();
    while (answers.size() < turn.size() && builder_.events().size() < settings_.batch_events_max &&
           builder_.bytes() < settings_.batch_bytes_max) {
        Result<Receipt> receipt = builder_.add(turn[answers.size()].submission);
        if (receipt) {
            answers.emplace_back(std::move(*receipt));
        } else {
            answers.emplace_back(receipt.error());
        }
    }
    put_back(turn, answers.size());
    return answers;
}

// What did not fit goes first in the next turn.
void Sequencer::put_back(std::vector<Waiting>& turn, std::size_t decided) {
    const auto rest = turn.begin() + static_cast<std::ptrdiff_t>(decided);
    const std::scoped_lock lock(queue_mutex_);
    queue_.insert(queue_.begin(), std::make_move_iterator(rest),
                  std::make_move_iterator(turn.end()));
    turn.erase(rest, turn.end());
    taken_ = 0;
}

// Nothing that the turn came to holds, if it came to anything: even a refusal may have been for
// what went before it. Clients are told so; what the node has to say waits.
void Sequencer::give_up(std::vector<Waiting> turn, std::vector<Submitted> answers,
                        CommitOutcome outcome) {
    put_back(turn, turn.size());
    for (std::size_t i = 0; i < turn.size(); ++i) {
        if (turn[i].asker == Asker::sequencer) {
            aside_.push_back(std::move(turn[i]));
            continue;
        }
        const auto* receipt = i < answers.size() ? std::get_if<Receipt>(&answers[i]) : nullptr;
        const bool may_be =
            outcome == CommitOutcome::unknown && receipt != nullptr && receipt->events > 0;
        turn[i].answer(may_be ? Unavailable::outcome_unknown : Unavailable::not_leading);
    }
}

bool Sequencer::has_work() {
    const bool own_turn = !aside_.empty() && commit_log_.may_decide();
    const std::scoped_lock lock(queue_mutex_);
    counts_.queued = queue_.size() + aside_.size();
    return own_turn || !queue_.empty();
}

asio::awaitable<void> Sequencer::run() {
    while (!finished_) {
        const bool works = has_work();
        if (works) co_await run_turn();
        co_await write_snapshot_chunk();
        if (works || snapshot_) continue;
        // Whoever makes work posts a wake-up to this thread, and so after this wait has begun.
        work_.expires_at(std::chrono::steady_clock::time_point::max());
        if (has_work()) continue;
        if (!finished_) co_await work_.async_wait(as_tuple);
    }
    commit_log_.stop();
}

// What waited for this node to lead goes first.
std::vector<Sequencer::Waiting> Sequencer::take_queue() {
    std::vector<Waiting> taken;
    if (commit_log_.may_decide()) taken.swap(aside_);
    const std::scoped_lock lock(queue_mutex_);
    if (taken.empty()) {
        taken.swap(queue_);
    } else {
        std::move(queue_.begin(), queue_.end(), std::back_inserter(taken));
        queue_.clear();
    }
    taken_ = taken.size();
    return taken;
}

std::optional<Unavailable> Sequencer::enqueue(Waiting& waiting) {
    bool wake = false;
    {
        const std::scoped_lock lock(queue_mutex_);
        if (waiting.asker == Asker::client) {
            if (refusing_) return Unavailable::stopping;
            if (queue_.size() + taken_ >= settings_.queue_max) return Unavailable::queue_full;
        }
        wake = queue_.empty();
        queue_.push_back(std::move(waiting));
    }
    if (wake) asio::post(context_, [this] { work_.cancel(); });
    return {};
}

asio::awaitable<Submitted> Sequencer::submit(Submission submission) {
    auto initiate = [this](auto handler, Submission asked) {
        auto executor = asio::get_associated_executor(handler);
        // Shared because std::function wants to copy; there is one call.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto answer = [executor, shared](Submitted submitted) {
            asio::post(executor, [shared, submitted = std::move(submitted)]() mutable {
                std::move (*shared)(std::move(submitted));
            });
        };
        Waiting waiting{std::move(asked), std::move(answer), Asker::client};
        if (const auto refused = enqueue(waiting)) waiting.answer(*refused);
    };
    // GCC 12 destroys an owning temporary twice inside a co_await expression, so it has a name.
    auto waiting = asio::async_initiate<const asio::use_awaitable_t<>, void(Submitted)>(
        std::move(initiate), asio::use_awaitable, std::move(submission));
    co_return co_await std::move(waiting);
}

void Sequencer::submit_own(Command command, std::function<void(Submitted)> answer, Actor actor) {
    Waiting waiting{.submission = {}, .answer = std::move(answer), .asker = Asker::sequencer};
    waiting.submission.command = std::move(command);
    waiting.submission.actor = std::move(actor);
    enqueue(waiting);
}

void Sequencer::refuse_all() {
    const std::scoped_lock lock(queue_mutex_);
    refusing_ = true;
}

void Sequencer::start(std::function<void()> started) {
    const std::uint64_t node = settings_.node;
    const auto run_before = tables_.runs().find(node);
    const auto ignore = [](const Submitted&) {};
    if (run_before != tables_.runs().end()) {
        const NodeRun& before = run_before->second;
        boot_ = before.boot;
        // What was counted after the last flush was taken may be gone. A thread may have counted a
        // use a little after a later one.
        if (!before.stopped) {
            const Timestamp until = std::max(clock_.now(), tables_.ledger_time());
            const Timestamp from = before.last_counted - settings_.flush_interval;
            submit_own(RecordGap{{.node = node,
                                  .boot = before.boot,
                                  .from = std::min(from, until),
                                  .until = until}},
                       ignore);
        }
    }
    boot_ += 1;
    tables_.set_own_run({node, boot_});
    submit_own(RecordStart{{.node = node, .boot = boot_, .version = KEYLEDGER_VERSION}},
               [started = std::move(started)](const Submitted&) { started(); });
    commit_log_.when_it_may_decide([this] { work_.cancel(); });
    asio::co_spawn(context_, run(), rethrow);
    asio::co_spawn(context_, flush_uses_regularly(), rethrow);
}

// Half the interval is for waiting, the other half for the commit.
asio::awaitable<void> Sequencer::flush_uses_regularly() {
    while (!stopping_) {
        flush_.expires_after(settings_.flush_interval / 2);
        co_await flush_.async_wait(as_tuple);
        if (stopping_) continue;
        flush_uses();
        state_reads(reads_.take(std::max(clock_.now(), tables_.ledger_time())));
    }
}

// One flush in flight: what is counted meanwhile waits for the next.
void Sequencer::flush_uses() {
    if (flush_in_flight_) return;
    std::vector<UseRow> rows = uses_.take();
    if (rows.empty()) return;
    flush_in_flight_ = true;
    const FlushTag tag{.node = settings_.node, .boot = boot_, .number = ++flushes_};
    submit_own(RecordUses{tag, std::move(rows)}, [this](const Submitted&) {
        flush_in_flight_ = false;
        if (stopping_) finish();
    });
}

// Each in the name of who read.
void Sequencer::state_reads(std::vector<ActorReads> all) {
    for (ActorReads& by_one : all) {
        submit_own(
            RecordHistoryReads{std::move(by_one.reads)}, [](const Submitted&) {},
            std::move(by_one.actor));
    }
}

void Sequencer::stop() {
    {
        const std::scoped_lock lock(queue_mutex_);
        refusing_ = true;
    }
    asio::post(context_, [this] {
        if (stopping_) return;
        stopping_ = true;
        flush_.cancel();
        finish();
    });
}

// The uses first, however many flushes they take; the stop is the last event of this start.
void Sequencer::finish() {
    flush_uses();
    if (flush_in_flight_) return;
    state_reads(reads_.take_all());
    submit_own(RecordStop{{.node = settings_.node, .boot = boot_}}, [this](const Submitted&) {
        finished_ = true;
        work_.cancel();
    });
}

// Between batches, so that neither readers nor commits wait for a snapshot as a whole.
asio::awaitable<void> Sequencer::write_snapshot_chunk() {
    if (!snapshot_) {
        if (tables_.next_seq() - last_snapshot_ < settings_.snapshot_every_events) co_return;
        last_snapshot_ = tables_.next_seq();
        snapshot_.emplace(tables_);
    }
    std::optional<Row> row = snapshot_->next();
    if (row) {
        const std::vector<Row> rows{std::move(*row)};
        CommitLog::Work put = [this, &rows] { return log_.put(rows); };
        const std::optional<LogFault> fault = co_await commit_log_.write(std::move(put));
        if (fault) on_fault_(*fault);
        co_return;
    }
    logger_.info("snapshot_written seq={}", snapshot_->snapshot());
    snapshot_.reset();
    counts_.snapshots += 1;
    CommitLog::Work drop = [this] { return drop_old_snapshots(log_, settings_.snapshots_kept); };
    const std::optional<LogFault> fault = co_await commit_log_.write(std::move(drop));
    if (fault) on_fault_(*fault);
}

}  // namespace keyledger
