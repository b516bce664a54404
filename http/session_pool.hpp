#pragma once
// What the sessions of one thread share: their list, the coarse clock, and the end of them all.

#include "http/conversation.hpp"
#include "http/coroutines.hpp"
#include "http/response_writer.hpp"
#include "http/session.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>

namespace keyledger {

// One connection, as the sweep and the end of the server see it. Destroyed by its own coroutine.
class Session : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    enum class Gate : std::uint8_t { entered, refused };

    Session(SessionPool& pool, Gate gate);
    virtual ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Ends the wait if its time is over.
    void sweep(TimePoint now);
    void stop();
    void stop_now();

protected:
    enum class Waiting : std::uint8_t {
        nothing,
        handshake,
        idle,     // for the first byte of a request
        request,  // for the rest of it
        service,
        stream,  // for its next piece
        write,
        linger,
    };

    virtual HttpSocket& socket() = 0;

    void wait_for(Waiting what, std::chrono::milliseconds limit);
    void wait_without_limit(Waiting what);
    bool peer_has_gone();
    // True if the wait for the rest of a request took too long.
    bool end_wait();
    // Whatever waits on the socket ends.
    void close_socket();

    SessionPool& pool_;
    TimePoint deadline_ = TimePoint::max();
    Waiting waiting_ = Waiting::nothing;
    const Gate gate_;
    bool too_slow_ = false;
    boost::asio::cancellation_signal service_cancelled_;
};

// Lives on its thread.
class SessionPool {
public:
    SessionPool(boost::asio::io_context& context, Service& asked, spdlog::logger& logger,
                ConnectionGate& shared_gate, const SessionLimits& session_limits);
    SessionPool(const SessionPool&) = delete;
    SessionPool& operator=(const SessionPool&) = delete;

    void add(Session& session) { sessions_.push_back(session); }
    // A session has taken itself off the list.
    void removed();
    void start_sweep();
    void stop(std::function<void()> when_empty);
    void stop_now();

    const HttpExecutor executor;
    const boost::asio::any_io_executor any_executor;  // what services' coroutines run on
    Service& service;
    spdlog::logger& log;
    ConnectionGate& gate;
    const SessionLimits limits;
    ThreadCounts counts;
    DateText date;
    std::array<char, 16 * 1024> discarded;  // where bytes are read that nobody looks at
    std::size_t refusals = 0;  // connections that are being told that there are too many
    Session::TimePoint now;    // as of the last sweep
    Serving serving = Serving::on;

private:
    using List = boost::intrusive::list<Session, boost::intrusive::constant_time_size<false>>;

    HttpTask<void> sweep_for_ever();

    List sessions_;
    std::function<void()> when_empty_;
};

}  // namespace keyledger
