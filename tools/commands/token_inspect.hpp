#pragma once
// `keyledger token inspect`: what a token says of itself.

#include <string>
#include <string_view>

namespace keyledger {

// What the token's own characters show. Never its random part.
struct TokenReport {
    std::string text;       // lines for standard output; empty if the text has not a token's shape
    bool is_whole = false;  // shape and checksum are right
};

// White space around the token, such as a file's last newline, is not part of it.
TokenReport inspect(std::string_view text);

}  // namespace keyledger
