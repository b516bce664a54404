#pragma once
// A service of a few routes for tests of the transport; it says in its answers what it was asked.

#include "http/body_stream.hpp"
#include "http/server.hpp"
#include "http/service.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace keyledger {

// Pieces from a function, until one is empty.
class FunctionStream final : public BodyStream {
public:
    using Next = std::function<boost::asio::awaitable<std::string>()>;
    FunctionStream(Next next, std::atomic<int>& alive) : next_(std::move(next)), alive_(alive) {
        ++alive_;
    }
    ~FunctionStream() override { --alive_; }
    boost::asio::awaitable<std::string> next() override { return next_(); }

private:
    Next next_;
    std::atomic<int>& alive_;
};

class TestService : public Service {
public:
    static constexpr std::size_t body_limit = 100'000;

    // What /wait does before it answers, and where /stream gets its pieces from.
    std::function<boost::asio::awaitable<void>()> wait;
    FunctionStream::Next stream;
    std::atomic<int> streams_alive = 0;
    std::atomic<int> waits_begun = 0;
    std::atomic<unsigned> threads_seen = 0;  // a bit for each HTTP thread that asked

    std::size_t body_bytes_max(const Request& request) const override {
        if (request.path == "/limit/throws") throw std::runtime_error("limit");
        return request.path == "/discard" ? 0 : body_limit;
    }

    // /echo answers method, target and body; /big a body of 8 MB.
    bool answer_now(const Request& request, Response& response) override {
        if (http_thread_index() != no_http_thread) threads_seen |= 1U << http_thread_index();
        response.content_type = "text/plain";
        if (request.path == "/throw") throw std::runtime_error("inside");
        if (request.path == "/wait" || request.path == "/wait/throw") return false;
        if (request.path == "/stream") {
            response.stream = std::make_shared<FunctionStream>(stream, streams_alive);
            return true;
        }
        if (request.path == "/close") response.close = true;
        if (request.path == "/empty") response.status = 204;
        if (request.path == "/big") {
            response.body.assign(8'000'000, 'b');
            return true;
        }
        response.body = std::string(request.method_text) + " " + std::string(request.target) + " " +
                        std::string(request.body);
        if (request.body_discarded) response.body += "discarded";
        if (request.peer.unix_socket) response.headers += "X-Peer: unix\r\n";
        if (request.peer.client_certificate) response.headers += "X-Peer: certificate\r\n";
        return true;
    }

    boost::asio::awaitable<void> answer(const Request& request, Response& response) override {
        ++waits_begun;
        if (request.path == "/wait/throw") throw std::runtime_error("late");
        if (wait) {
            auto waiting = wait();
            co_await std::move(waiting);
        }
        response.body = "waited " + std::string(request.body);
    }

    void refuse(TransportFault fault, const Request&, Response& response) override {
        response.content_type = "text/plain";
        switch (fault) {
            case TransportFault::malformed:
                response.status = 400;
                break;
            case TransportFault::headers_too_large:
                response.status = 431;
                break;
            case TransportFault::target_too_long:
                response.status = 414;
                break;
            case TransportFault::body_too_large:
                response.status = 413;
                break;
            case TransportFault::too_slow:
                response.status = 408;
                break;
            case TransportFault::unsupported_version:
                response.status = 505;
                break;
            case TransportFault::unsupported_encoding:
                response.status = 501;
                break;
            case TransportFault::expectation_failed:
                response.status = 417;
                break;
            case TransportFault::overloaded:
                response.status = 503;
                response.headers = "Retry-After: 1\r\n";
                break;
        }
        response.body = "refused";
    }
};

}  // namespace keyledger
