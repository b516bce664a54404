#include "tests/support/running_sequencer.hpp"

#include "ledger/stored/event_codec.hpp"
#include "projections/replay.hpp"
#include "tests/support/given.hpp"
#include "tests/support/poll.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <cassert>
#include <exception>
#include <utility>

namespace keyledger {

namespace asio = boost::asio;

namespace {

void rethrow(std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> ask_into(Sequencer& sequencer, Submission submission, Answer answer,
                               std::function<void()> answered) {
    *answer = co_await sequencer.submit(std::move(submission));
    if (answered) answered();
}

}  // namespace

asio::awaitable<CommitLog::Committed> HoldingCommitLog::commit(GrowingBatch& batch) {
    if (!batch.events().empty()) batch_sizes.push_back(batch.events().size());
    constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
    while (held_ && passes_ == 0 && !batch.events().empty()) {
        released_.expires_at(std::chrono::steady_clock::time_point::max());
        co_await released_.async_wait(as_tuple);
    }
    if (passes_ > 0) --passes_;
    if (fault) co_return *fault;
    if (outcome != CommitOutcome::committed) co_return outcome;
    if (batch.events().empty()) co_return outcome;
    if (auto failed = log_.append(batch.batch())) co_return *failed;
    applier_.show(batch.events());
    co_return outcome;
}

void HoldingCommitLog::lead(bool leads) {
    leads_ = leads;
    if (leads && changed_) changed_();
}

void HoldingCommitLog::release() {
    held_ = false;
    passes_ = 0;
    released_.cancel();
}

void HoldingCommitLog::release_one() {
    passes_ = 1;
    released_.cancel();
}

RunningSequencer::RunningSequencer(EventLog& on, const Clock& clock, SequencerSettings settings,
                                   UsageDetail detail)
    : logger_(std::make_shared<spdlog::logger>("test",
                                               std::make_shared<spdlog::sinks::null_sink_mt>())),
      log(on),
      uses(1, detail) {
    const RestoreResult restored = restore(log, tables, Rebuild::if_needed);
    assert(!restored.damage && !restored.fault);
    settings.node = node;
    const auto end = [](const LogFault& fault) { throw EndOfProcess(fault.what); };
    sequencer.emplace(context, log, commits, tables, uses, clock, random_, *logger_, end, settings);
    sequencer->start([this] { started = true; });
}

RunningSequencer::~RunningSequencer() = default;

Answer RunningSequencer::submit(Submission submission, std::function<void()> answered) {
    return submit(std::move(submission), std::move(answered), context);
}

Answer RunningSequencer::submit(Submission submission, std::function<void()> answered,
                                asio::io_context& from) {
    auto answer = std::make_shared<std::optional<Submitted>>();
    asio::co_spawn(from, ask_into(*sequencer, std::move(submission), answer, std::move(answered)),
                   rethrow);
    return answer;
}

Submitted RunningSequencer::ask(Submission submission) {
    const Answer answer = submit(std::move(submission));
    const bool came = run_until([&] { return answer->has_value(); });
    assert(came);
    return **answer;
}

Receipt RunningSequencer::receipt_of(Submission submission) {
    return std::get<Receipt>(ask(std::move(submission)));
}

bool RunningSequencer::run_until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + test_patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        context.run_one_for(std::chrono::milliseconds(10));
    }
    return true;
}

void RunningSequencer::run_ready() {
    while (context.poll() > 0) {
    }
}

bool RunningSequencer::stop() {
    sequencer->stop();
    return run_until([&] { return context.stopped(); });
}

void RunningSequencer::count(const KeyId& key, Timestamp time, std::uint32_t times) {
    const ReadGuard reading = tables.read();
    CountedUse use;
    use.key = tables.find_key(key);
    use.time = time;
    for (std::uint32_t i = 0; i < times; ++i) uses.count(0, use);
}

void fill(EventLog& log, const Clock& clock) {
    Tables tables;
    SeededRandom random(2);
    BatchBuilder builder(log, tables, clock, random);
    builder.clear();
    const Result<Receipt> workspace = builder.add(asked(CreateWorkspace{document("acme")}));
    const Result<Receipt> key = builder.add(asked(new_key(1)));
    assert(workspace && key);
    const auto fault = log.append(builder.batch());
    assert(!fault);
}

std::vector<Event> events_of(const EventLog& log, std::uint64_t seq) {
    std::vector<Event> events;
    const auto cursor = log.scan(seq);
    while (const auto item = cursor->next()) {
        events.push_back(*decode(item->leaf, item->personal));
    }
    return events;
}

}  // namespace keyledger
