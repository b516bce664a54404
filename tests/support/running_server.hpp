#pragma once
// A server on a free port of the loopback, for tests of the transport.

#include "http/server.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/poll.hpp"
#include "tests/support/test_service.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/fwd.h>

#include <atomic>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

namespace keyledger {

// Short enough that a test may wait for them, where it changes nothing.
inline ServerSettings test_settings() {
    ServerSettings settings;
    settings.endpoints = {{.host = "127.0.0.1", .port = 0, .unix_path = {}, .tls = {}}};
    settings.threads = 2;
    settings.sessions.sweep = std::chrono::milliseconds(10);
    return settings;
}

// Started when it is made; stopped when it is destroyed. The members before `server` outlive it.
struct RunningServer {
    explicit RunningServer(ServerSettings settings = test_settings());

    std::uint16_t port() const { return started.ports.at(0); }
    HttpClient client() const { return HttpClient(port()); }
    // Connections came, and all have ended.
    bool becomes_empty() const {
        return becomes_true([this] {
            const TransportCounts counts = server.counts();
            return counts.connections_accepted > 0 && counts.connections_open == 0;
        });
    }
    // After stop(): no thread logs any more.
    std::string logged() const { return log_text.str(); }

    std::ostringstream log_text;
    std::shared_ptr<spdlog::logger> log;  // shared, so that this header need not know the type
    TestService service;
    Server server;
    Started started;
};

// What a service waits for until the test opens it.
class TestGate {
public:
    void open() { open_ = true; }
    boost::asio::awaitable<void> pass() {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
        while (!open_) {
            timer.expires_after(std::chrono::milliseconds(1));
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
    }

private:
    std::atomic<bool> open_ = false;
};

}  // namespace keyledger
