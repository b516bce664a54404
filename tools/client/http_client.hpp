#pragma once
// A client of HTTP/1.1 that keeps its connection: one call after the other, on one thread.

#include "tools/client/http_call.hpp"
#include "tools/client/link.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr std::size_t answer_bytes_max = 256u * 1024 * 1024;

// What one call may take.
struct CallLimits {
    std::size_t body_bytes = answer_bytes_max;  // that are kept in the answer
    // From the first wait to the last byte. Nothing: as long as something comes now and then.
    std::optional<std::chrono::milliseconds> time;
};

class HttpClient {
public:
    HttpClient(ServerUrl url, std::string authority);

    // Opens a connection where there is none. One that the server closed while nothing was asked is
    // opened anew; a call is sent twice only if twice is as once (it is a GET or PUT, or it has an
    // Idempotency-Key).
    HttpAnswer call(const HttpCall& call, const CallLimits& limits = {});

    // Gives the body of a 2xx piece by piece to `take`, which returns false to stop; any other
    // body stands in the answer.
    using Take = std::function<bool(std::string_view)>;
    HttpAnswer stream(const HttpCall& call, const Take& take, const CallLimits& limits = {});

    void stop_on_interrupt() { links_.stop_on_interrupt(); }
    bool interrupted() const { return links_.interrupted(); }
    void pause(std::chrono::milliseconds length) { links_.pause(length); }
    const ServerUrl& url() const { return url_; }

private:
    HttpAnswer attempt(const std::string& request, const Take& take, std::size_t body_bytes_max,
                       bool& nothing_came);
    std::string connect();

    ServerUrl url_;
    LinkMaker links_;
    std::unique_ptr<Link> link_;
};

}  // namespace keyledger
