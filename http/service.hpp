#pragma once
// What a session asks for each request. The transport knows nothing of routes, keys or JSON.

#include "http/message.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>

namespace keyledger {

// What can be wrong with a request before any route has seen it.
enum class TransportFault : std::uint8_t {
    malformed,  // 400: not HTTP/1.1, both lengths, broken chunk, bad Host, control characters, ...
    headers_too_large,     // 431
    target_too_long,       // 414
    body_too_large,        // 413
    too_slow,              // 408
    unsupported_version,   // 505
    unsupported_encoding,  // 501: a Transfer-Encoding other than chunked
    expectation_failed,    // 417: an Expect other than 100-continue
    overloaded,            // 503 with Retry-After: too many connections
};

// One for the whole server; called on every HTTP thread at once.
class Service {
public:
    virtual ~Service() = default;

    // The most bytes of body that the route of `request` reads (its headers are there, its body is
    // not). 0: the body is drained and thrown away.
    virtual std::size_t body_bytes_max(const Request& request) const = 0;

    // Fills in the answer and returns true; or returns false if it must wait, and then `answer` is
    // called. Neither throws: a session that sees an exception logs it and closes.
    virtual bool answer_now(const Request& request, Response& response) = 0;
    virtual boost::asio::awaitable<void> answer(const Request& request, Response& response) = 0;

    // The answer to what could not be read. `request` may be empty. The connection closes after it.
    virtual void refuse(TransportFault fault, const Request& request, Response& response) = 0;
};

}  // namespace keyledger
