#pragma once
// The connections of one HTTP thread: a coroutine each, and one coarse sweep for all their
// deadlines.

#include "http/message.hpp"
#include "http/service.hpp"
#include "http/tls.hpp"
#include "http/transport_counts.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <spdlog/fwd.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace keyledger {

// Concrete, since a type-erased executor would be asked on every read. TCP and unix sockets alike.
using HttpExecutor = boost::asio::io_context::executor_type;
using HttpSocket =
    boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, HttpExecutor>;

class SessionPool;  // http/session_pool.hpp

// How long a connection may take for what. Kept by the sweep, so each may last two sweeps longer.
struct SessionLimits {
    // Without a byte of a request.
    std::chrono::milliseconds idle{75'000};
    // From a request's first byte to its last; a second more for each body_bytes_per_second_min
    // that came of its body. Then it is answered 408.
    std::chrono::milliseconds request{15'000};
    std::size_t body_bytes_per_second_min = 64 * 1024;
    // While the client takes nothing of its answer.
    std::chrono::milliseconds write_stall{30'000};
    std::chrono::milliseconds handshake{10'000};
    // After the last answer, for the client to have it and close: in all, and without a byte from
    // it.
    std::chrono::milliseconds linger{30'000};
    std::chrono::milliseconds linger_idle{5'000};
    std::chrono::milliseconds sweep{500};
    // Connections over the server's limit that are being told so, a thread; more are dropped
    // unheard.
    std::size_t refusals_max = 256;
    // An answer that takes longer is given up once its client has gone. Changes take less.
    std::chrono::milliseconds look_for_peer{2'000};
};

// Lives on one HTTP thread, but for its constructor and destructor, which run while that thread
// does not. What the constructor is given outlives it, and it outlives the io_context's handlers:
// destroy the io_context first.
class Sessions {
public:
    Sessions(boost::asio::io_context& io, Service& service, spdlog::logger& log,
             ConnectionGate& gate, const SessionLimits& limits);
    ~Sessions();
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    HttpExecutor executor() const;

    // Serves the connection until it ends, and then leaves the gate, which it has entered.
    void start(HttpSocket socket, const Peer& peer);
    void start_tls(HttpSocket socket, const Peer& peer, const TlsContext& tls);

    // Tells a connection that was not let through the gate so, and closes it. `drop` says nothing:
    // a handshake would cost what there is too little of.
    void refuse(HttpSocket socket, const Peer& peer);
    void drop(HttpSocket socket);

    // Idle connections and streams end at once, the others after the answer that they wait for.
    // Calls `when_empty` once none is left, which may be at once.
    void stop(std::function<void()> when_empty);
    // All end at once; what a service is still waiting for is cancelled.
    void stop_now();

    // May be read on any thread.
    const ThreadCounts& counts() const;

private:
    std::unique_ptr<SessionPool> pool_;
};

}  // namespace keyledger
