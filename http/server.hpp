#pragma once
// The HTTP threads, and the addresses that they serve.

#include "http/service.hpp"
#include "http/session.hpp"
#include "http/tls.hpp"
#include "http/transport_counts.hpp"

#include <spdlog/fwd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace keyledger {

struct ServerEndpoint {
    std::string host;        // an address, or a name: its first address
    std::uint16_t port = 0;  // 0: any that is free
    std::string unix_path;   // instead of both
    std::optional<TlsFiles> tls;
};

struct ServerSettings {
    std::vector<ServerEndpoint> endpoints;
    std::size_t threads = 0;  // 0: one a core
    // Over it, 503 with Retry-After; on TLS the connection is dropped.
    std::size_t connections_max = 10'000;
    // For requests that run when the server stops.
    std::chrono::milliseconds stop_deadline{10'000};
    SessionLimits sessions;
};

struct [[nodiscard]] Started {
    std::vector<std::uint16_t> ports;  // one an endpoint, in their order; 0 for a unix socket
    std::string error;                 // empty: it serves

    explicit operator bool() const { return error.empty(); }
};

// What runs as no HTTP thread.
inline constexpr std::size_t no_http_thread = SIZE_MAX;

// Which HTTP thread of its server the caller runs on.
std::size_t http_thread_index();

// N threads, each with its own io_context and its own listening sockets; they share nothing but the
// service. `service` and `log` outlive it. Whoever posts to its io_contexts ends before it is
// destroyed: what is posted after stop() does not run any more.
class Server {
public:
    Server(ServerSettings settings, Service& service, spdlog::logger& log);
    // Stops.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Once, on the thread that owns the server, as stop() and reload_certificates(). Serves all
    // endpoints, or says what is wrong with the first that it cannot, and serves none.
    Started start();

    // Accepts no more; idle connections and streams end at once, requests that have begun to arrive
    // are answered, until stop_deadline. Returns when no HTTP thread is left. Not on an HTTP
    // thread.
    void stop();

    // Reads all TLS files again, for connections from then on. Empty, or which file is wrong and
    // how; then nothing changes.
    std::string reload_certificates();

    // From the constructor on. The io_contexts run between start() and stop(); any thread may post.
    std::size_t thread_count() const;
    boost::asio::io_context& io_context(std::size_t thread);

    // May be called on any thread.
    TransportCounts counts() const;

private:
    class Threads;
    std::unique_ptr<Threads> threads_;
};

}  // namespace keyledger
