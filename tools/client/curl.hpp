#pragma once
// A call as a line for a shell.

#include "tools/client/http_call.hpp"
#include "tools/client/server_url.hpp"

#include <string>
#include <string_view>

namespace keyledger {

// Stands in a body for a token that is not to be shown; the shell puts "$TOKEN" there.
inline constexpr std::string_view token_placeholder = "@keyledger-token@";

// One word for a POSIX shell, whatever is in it.
std::string shell_quoted(std::string_view text);

struct CurlCall {
    const ServerUrl& url;
    const HttpCall& call;
    bool has_token = false;      // then $KEYLEDGER_TOKEN stands for it
    bool streams = false;        // what comes is shown at once
    std::string_view authority;  // as HttpClient takes it
    std::string_view body_file;  // what is sent in place of the body: a file, "-", or nothing
    std::string_view before;     // what makes standard input, in front of a pipe; may be empty
};

// The equal call, with its newline. It holds no secret.
std::string curl_text(const CurlCall& given);

}  // namespace keyledger
