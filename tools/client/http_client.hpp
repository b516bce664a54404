#pragma once
// A client of HTTP/1.1 that keeps its connection: one call after the other, on one thread.

#include "tools/client/http_call.hpp"
#include "tools/client/link.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr std::size_t answer_bytes_max = 256u * 1024 * 1024;

class HttpClient {
public:
    HttpClient(ServerUrl url, std::string authority);

    // Opens a connection where there is none. One that the server closed while nothing was asked is
    // opened anew; a call is sent twice only if twice is as once (it is a GET or PUT, or it has an
    // Idempotency-Key).
    HttpAnswer call(const HttpCall& call);

    // Gives the body of a 2xx piece by piece to `take`, which returns false to stop; any other
    // body stands in the answer.
    using Take = std::function<bool(std::string_view)>;
    HttpAnswer stream(const HttpCall& call, const Take& take);

    void stop_on_interrupt() { links_.stop_on_interrupt(); }
    bool interrupted() const { return links_.interrupted(); }
    void pause(std::chrono::milliseconds length) { links_.pause(length); }
    const ServerUrl& url() const { return url_; }

private:
    HttpAnswer attempt(const std::string& request, const Take& take, bool& nothing_came);
    std::string connect();

    ServerUrl url_;
    LinkMaker links_;
    std::unique_ptr<Link> link_;
};

}  // namespace keyledger
