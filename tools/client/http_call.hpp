#pragma once
// A request as a command makes it, and what came of it: plain structs.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

struct HttpHeader {
    std::string name, value;
    friend bool operator==(const HttpHeader&, const HttpHeader&) = default;
};

struct HttpCall {
    std::string method = "GET";
    std::string target;  // path and query, encoded
    std::vector<HttpHeader> headers;
    std::string body;
};

// `status` is 0 where no whole answer came, and `problem` then says why.
struct HttpAnswer {
    int status = 0;
    std::vector<HttpHeader> headers;
    std::string body;
    std::string problem;
    bool interrupted = false;  // by Ctrl-C

    // The first header of that name in any case, or an empty text.
    std::string_view header(std::string_view name) const;
    // When it was begun by the server's clock, cut to seconds; nothing if it does not say.
    std::optional<std::chrono::sys_seconds> date() const;
};

}  // namespace keyledger
