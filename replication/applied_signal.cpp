#include "replication/applied_signal.hpp"

#include "projections/tables.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

namespace keyledger {

namespace asio = boost::asio;

// Shared by the waiting coroutine and a wake-up that is on its way to the waiter's thread.
struct AppliedSignal::Waiter {
    Waiter(asio::any_io_executor executor, std::uint64_t awaited)
        : timer(std::move(executor)), seq(awaited) {}
    asio::steady_timer timer;
    std::uint64_t seq;
};

void AppliedSignal::wake(const std::shared_ptr<Waiter>& waiter) {
    asio::post(waiter->timer.get_executor(), [waiter] { waiter->timer.cancel(); });
}

struct AppliedSignal::State {
    std::mutex mutex;
    std::vector<std::shared_ptr<Waiter>> waiters;
    std::atomic<std::size_t> count{0};  // so that a batch that nobody waits for takes no lock
    std::atomic<bool> stopped{false};
};

// Takes the waiter off the list however the wait ends, also when its coroutine is destroyed because
// its io_context is: a timer must not outlive that.
struct AppliedSignal::Registration {
    Registration(State& among, std::shared_ptr<Waiter> one) : state(among), waiter(std::move(one)) {
        const std::scoped_lock lock(state.mutex);
        state.waiters.push_back(waiter);
        state.count.fetch_add(1);
    }
    ~Registration() {
        const std::scoped_lock lock(state.mutex);
        state.count.fetch_sub(std::erase(state.waiters, waiter));
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

    State& state;
    const std::shared_ptr<Waiter> waiter;
};

AppliedSignal::AppliedSignal(const Tables& tables)
    : tables_(tables), state_(std::make_unique<State>()) {}
AppliedSignal::~AppliedSignal() = default;

// The waiter is counted before `applied` is read again, and `notify` reads the count after the
// tables were published: one of the two sees the other.
asio::awaitable<bool> AppliedSignal::wait(std::uint64_t seq, std::chrono::milliseconds timeout) {
    if (tables_.applied() >= seq) co_return true;
    auto executor = co_await asio::this_coro::executor;
    auto waiter = std::make_shared<Waiter>(executor, seq);
    waiter->timer.expires_after(timeout);
    const Registration registration(*state_, waiter);
    if (tables_.applied() < seq && !state_->stopped.load()) {
        // Whoever wakes it does so by a post to this thread, and so after this wait has begun.
        constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
        co_await waiter->timer.async_wait(as_tuple);
    }
    co_return tables_.applied() >= seq;
}

void AppliedSignal::notify() {
    if (state_->count.load() == 0) return;
    const std::uint64_t applied = tables_.applied();
    const std::scoped_lock lock(state_->mutex);
    // Woken once, however many batches follow before it runs.
    state_->count.fetch_sub(std::erase_if(state_->waiters, [applied](const auto& waiter) {
        if (waiter->seq > applied) return false;
        wake(waiter);
        return true;
    }));
}

void AppliedSignal::stop() {
    state_->stopped.store(true);
    const std::scoped_lock lock(state_->mutex);
    for (const auto& waiter : state_->waiters) wake(waiter);
}

bool AppliedSignal::stopped() const {
    return state_->stopped.load();
}

}  // namespace keyledger
