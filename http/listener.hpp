#pragma once
// Sockets that accept connections.

#include "http/session.hpp"
#include "http/tls.hpp"
#include "http/transport_counts.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <spdlog/fwd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace keyledger {

// Connections that the kernel holds until they are accepted, a socket.
inline constexpr int accept_backlog = 1024;
// Without descriptors or memory for another connection, until it is tried again.
inline constexpr std::chrono::milliseconds accept_pause{100};

using HttpAcceptor =
    boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol, HttpExecutor>;

struct [[nodiscard]] Opened {
    std::vector<HttpAcceptor> acceptors;  // none if it failed
    std::uint16_t port = 0;               // that was bound; 0 for a unix socket
    std::string error;
};

// One listening socket for each of `executors`, on the same address and port; the kernel spreads
// the connections over them. Refuses a port that somebody listens on, another process of the same
// user too. `host` is an address or a name, whose first address is taken; port 0 takes a free one.
Opened open_tcp(const std::string& host, std::uint16_t port,
                std::span<const HttpExecutor> executors);

// A unix socket with mode 0660. The file of a server that no longer answers is replaced; a live
// one, and a file that is no socket, are refused.
Opened open_unix(const std::string& path, const HttpExecutor& executor);

// Lives on the thread of its acceptor. What the constructor is given outlives it.
class Listener {
public:
    // Each connection goes to the next of `targets` in turn; a target of another thread is only
    // posted to. `tls` may be null. `unix_path` is removed by stop(), where it is not empty.
    Listener(HttpAcceptor acceptor, std::vector<Sessions*> targets, ConnectionGate& gate,
             spdlog::logger& log, TlsContext tls, std::string unix_path);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    void start();
    void stop();
    // For connections from now on.
    void use(TlsContext tls) { tls_ = std::move(tls); }

private:
    boost::asio::awaitable<void, HttpExecutor> accept_for_ever();
    void hand_over(HttpSocket socket, const Peer& peer);

    HttpAcceptor acceptor_;
    const std::vector<Sessions*> targets_;
    std::size_t next_target_ = 0;
    ConnectionGate& gate_;
    spdlog::logger& log_;
    TlsContext tls_;
    const std::string unix_path_;
};

}  // namespace keyledger
