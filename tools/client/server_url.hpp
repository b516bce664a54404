#pragma once
// Where a server is: http://HOST[:PORT], https://HOST[:PORT] or unix:/PATH.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyledger {

enum class UrlScheme : std::uint8_t { http, https, unix_socket };

struct ServerUrl {
    UrlScheme scheme = UrlScheme::http;
    std::string host;  // a name or an address, an IPv6 one without its brackets
    std::string port;
    std::string path;  // of a unix socket
    friend bool operator==(const ServerUrl&, const ServerUrl&) = default;
};

inline constexpr std::string_view default_server_url = "http://127.0.0.1:8470";

// Nothing for what is none of the three: with a user, a path or a query too.
std::optional<ServerUrl> parse_server_url(std::string_view text);

// As it was written, without a slash at its end; a unix socket's is http://localhost.
std::string base_url(const ServerUrl& url);
// What the header Host says.
std::string host_header(const ServerUrl& url);

// One segment of a path, or a name or value of a query: all but unreserved characters (RFC 3986)
// become %HH.
std::string url_encoded(std::string_view text);

// "?a=1&b=2", or nothing where there are none.
std::string query_text(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace keyledger
