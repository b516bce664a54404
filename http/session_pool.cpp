#include "http/session_pool.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace keyledger {

namespace asio = boost::asio;

void LogFailure::operator()(std::exception_ptr failure) const {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        log.error("session_threw error=\"{}\"", error.what());
    }
}

Session::Session(SessionPool& pool, Gate gate) : pool_(pool), gate_(gate) {
    if (gate_ == Gate::refused) ++pool_.refusals;
    pool_.add(*this);
}

Session::~Session() {
    if (gate_ == Gate::entered) {
        pool_.gate.leave();
        pool_.counts.closed.add(1);
    } else {
        --pool_.refusals;
    }
    unlink();
    pool_.removed();
}

// Whether nobody is there any more who could read an answer. Who has only stopped to send can't be
// told apart: whoever waits so long for an answer keeps its connection whole.
bool Session::peer_has_gone() {
    pollfd connection{.fd = socket().native_handle(), .events = POLLRDHUP, .revents = 0};
    return ::poll(&connection, 1, 0) > 0;
}

void Session::sweep(TimePoint now) {
    if (now < deadline_) return;
    if (waiting_ == Waiting::service) {
        if (!peer_has_gone()) return wait_for(Waiting::service, pool_.limits.sweep);
        deadline_ = TimePoint::max();
        // The last thing done here: the session may be gone when it returns.
        return service_cancelled_.emit(asio::cancellation_type::terminal);
    }
    deadline_ = TimePoint::max();
    if (waiting_ != Waiting::request) return close_socket();
    // The session wakes up, and answers 408.
    too_slow_ = true;
    boost::system::error_code ignored;
    socket().cancel(ignored);
}

void Session::stop() {
    switch (waiting_) {
        case Waiting::handshake:
        case Waiting::idle:
            return close_socket();
        case Waiting::linger:
            deadline_ = pool_.now;
            return;
        case Waiting::stream:
            // The last thing done here: the session may be gone when it returns.
            return service_cancelled_.emit(asio::cancellation_type::terminal);
        case Waiting::nothing:
        case Waiting::request:
        case Waiting::service:
        case Waiting::write:
            return;
    }
}

void Session::stop_now() {
    close_socket();
    // The last thing done here: the session may be gone when it returns.
    service_cancelled_.emit(asio::cancellation_type::terminal);
}

// The clock is as old as the last sweep: one more makes sure that no wait is cut short.
void Session::wait_for(Waiting what, std::chrono::milliseconds limit) {
    waiting_ = what;
    deadline_ = pool_.now + limit + pool_.limits.sweep;
}

void Session::wait_without_limit(Waiting what) {
    waiting_ = what;
    deadline_ = TimePoint::max();
}

bool Session::end_wait() {
    waiting_ = Waiting::nothing;
    deadline_ = TimePoint::max();
    return std::exchange(too_slow_, false);
}

void Session::close_socket() {
    boost::system::error_code ignored;
    socket().close(ignored);
}

SessionPool::SessionPool(asio::io_context& context, Service& asked, spdlog::logger& logger,
                         ConnectionGate& shared_gate, const SessionLimits& session_limits)
    : executor(context.get_executor()),
      any_executor(context.get_executor()),
      service(asked),
      log(logger),
      gate(shared_gate),
      limits(session_limits),
      now(std::chrono::steady_clock::now()) {}

void SessionPool::removed() {
    if (sessions_.empty() && when_empty_) std::exchange(when_empty_, nullptr)();
}

void SessionPool::start_sweep() {
    asio::co_spawn(executor, sweep_for_ever(), LogFailure{log});
}

HttpTask<void> SessionPool::sweep_for_ever() {
    HttpTimer timer(executor);
    for (;;) {
        timer.expires_after(limits.sweep);
        const auto [error] = co_await timer.async_wait(as_result);
        if (error) co_return;
        now = std::chrono::steady_clock::now();
        for (auto next = sessions_.begin(); next != sessions_.end();) (next++)->sweep(now);
    }
}

void SessionPool::stop(std::function<void()> when_empty) {
    serving = Serving::ending;
    when_empty_ = std::move(when_empty);
    for (auto next = sessions_.begin(); next != sessions_.end();) (next++)->stop();
    removed();
}

void SessionPool::stop_now() {
    for (auto next = sessions_.begin(); next != sessions_.end();) (next++)->stop_now();
}

}  // namespace keyledger
