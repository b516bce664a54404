#include "tools/client/curl.hpp"

#include <algorithm>

namespace keyledger {

namespace {

// Quoted, with the shell's variable for the token where its placeholder stands.
std::string quoted_body(std::string_view body) {
    std::string out = shell_quoted(body);
    constexpr std::string_view variable = "'\"$TOKEN\"'";
    for (std::size_t at = 0; (at = out.find(token_placeholder, at)) != std::string::npos;) {
        out.replace(at, token_placeholder.size(), variable);
        at += variable.size();
    }
    return out;
}

}  // namespace

std::string shell_quoted(std::string_view text) {
    constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:@%+,=";
    const bool is_plain = std::all_of(text.begin(), text.end(), [plain](char character) {
        return plain.find(character) != plain.npos;
    });
    if (is_plain && !text.empty()) return std::string(text);
    std::string out = "'";
    for (const char character : text) {
        if (character == '\'') {
            out += "'\\''";
        } else {
            out += character;
        }
    }
    return out + "'";
}

std::string curl_text(const CurlCall& given) {
    std::string out(given.before);
    if (!out.empty()) out += " | ";
    out += given.streams ? "curl -sSN" : "curl -sS";
    if (given.url.scheme == UrlScheme::unix_socket) {
        out += " --unix-socket " + shell_quoted(given.url.path);
    }
    if (!given.authority.empty()) out += " --cacert " + shell_quoted(given.authority);
    const std::string_view usual =
        given.call.body.empty() && given.body_file.empty() ? "GET" : "POST";
    if (given.call.method != usual) out += " -X " + given.call.method;
    out += " " + shell_quoted(base_url(given.url) + given.call.target);
    if (given.has_token) out += " -H \"Authorization: Bearer $KEYLEDGER_TOKEN\"";
    for (const HttpHeader& header : given.call.headers) {
        out += " -H " + shell_quoted(header.name + ": " + header.value);
    }
    if (!given.body_file.empty()) {
        out += " --data-binary " + shell_quoted("@" + std::string(given.body_file));
    } else if (!given.call.body.empty()) {
        out += " --data-binary " + quoted_body(given.call.body);
    }
    return out + "\n";
}

}  // namespace keyledger
