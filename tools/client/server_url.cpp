#include "tools/client/server_url.hpp"

#include <algorithm>
#include <charconv>

namespace keyledger {

namespace {

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port > 0;
}

bool is_host_character(char character) {
    const bool letter =
        (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
    return letter || (character >= '0' && character <= '9') || character == '.' ||
           character == '-' || character == '_' || character == ':';
}

// "HOST", "HOST:PORT" or "[IPV6]:PORT".
bool split_authority(std::string_view text, ServerUrl& url) {
    std::string_view host = text;
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == text.npos) return false;
        host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
    } else if (const std::size_t colon = text.find(':'); colon != text.npos) {
        host = text.substr(0, colon);
        rest = text.substr(colon);
    }
    if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_character)) return false;
    url.host = host;
    if (rest.empty()) return true;
    url.port = rest.substr(1);
    return rest.starts_with(':') && is_port(url.port);
}

}  // namespace

std::optional<ServerUrl> parse_server_url(std::string_view text) {
    constexpr std::string_view unix_prefix = "unix:";
    constexpr std::size_t unix_path_bytes_max = 107;  // sockaddr_un's
    ServerUrl url;
    if (text.starts_with(unix_prefix)) {
        text.remove_prefix(unix_prefix.size());
        if (text.empty() || text.size() > unix_path_bytes_max) return std::nullopt;
        url.scheme = UrlScheme::unix_socket;
        url.path = text;
        return url;
    }
    const std::size_t scheme_end = text.find("://");
    const std::string_view scheme = text.substr(0, scheme_end);
    if (scheme_end == text.npos || (scheme != "http" && scheme != "https")) return std::nullopt;
    text.remove_prefix(scheme_end + 3);
    if (text.ends_with('/')) text.remove_suffix(1);
    url.scheme = scheme == "http" ? UrlScheme::http : UrlScheme::https;
    url.port = scheme == "http" ? "80" : "443";
    if (!split_authority(text, url)) return std::nullopt;
    return url;
}

std::string host_header(const ServerUrl& url) {
    if (url.scheme == UrlScheme::unix_socket) return "localhost";
    const bool address = url.host.find(':') != std::string::npos;
    const std::string host = address ? "[" + url.host + "]" : url.host;
    const bool usual = url.port == (url.scheme == UrlScheme::http ? "80" : "443");
    return usual ? host : host + ":" + url.port;
}

std::string base_url(const ServerUrl& url) {
    return (url.scheme == UrlScheme::https ? "https://" : "http://") + host_header(url);
}

std::string url_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char character : text) {
        if (unreserved.find(character) != unreserved.npos) {
            out += character;
            continue;
        }
        const auto byte = static_cast<unsigned char>(character);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string query_text(const std::vector<std::pair<std::string, std::string>>& parameters) {
    std::string out;
    for (const auto& [name, value] : parameters) {
        out += (out.empty() ? "?" : "&") + url_encoded(name) + "=" + url_encoded(value);
    }
    return out;
}

}  // namespace keyledger
