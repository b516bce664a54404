#include "tools/endpoint.hpp"

#include <charconv>

namespace keyledger {

namespace {

// Five digits at most, so that "000000080" is no second spelling of a port.
std::optional<std::uint16_t> parse_port(std::string_view text) {
    if (text.empty() || text.size() > 5) return std::nullopt;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return port;
}

// An IPv6 address stands in brackets, an IPv4 address does not.
std::optional<Address> parse_host(std::string_view text) {
    if (text == "localhost") return parse_address("127.0.0.1");
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        const std::string_view inside = text.substr(1, text.size() - 2);
        if (inside.find(':') == std::string_view::npos) return std::nullopt;
        return parse_address(inside);
    }
    if (text.find(':') != std::string_view::npos) return std::nullopt;
    return parse_address(text);
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    constexpr std::string_view unix_prefix = "unix:";
    if (text.starts_with(unix_prefix)) {
        const std::string_view path = text.substr(unix_prefix.size());
        if (path.empty() || path.size() > unix_path_bytes_max) return std::nullopt;
        if (path.find('\0') != std::string_view::npos) return std::nullopt;
        return Endpoint{.unix_path = std::string(path), .address = {}, .port = 0};
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::optional<Address> address = parse_host(text.substr(0, colon));
    const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
    if (!address || !port) return std::nullopt;
    return Endpoint{.unix_path = {}, .address = *address, .port = *port};
}

std::string to_text(const Endpoint& endpoint) {
    if (!endpoint.unix_path.empty()) return "unix:" + endpoint.unix_path;
    const std::string host = to_text(endpoint.address);
    const std::string port = std::to_string(endpoint.port);
    if (host.find(':') == std::string::npos) return host + ":" + port;
    return "[" + host + "]:" + port;
}

bool is_local(const Endpoint& endpoint) {
    if (!endpoint.unix_path.empty()) return true;
    static const AddressRange loopback[] = {*parse_range("127.0.0.0/8"), *parse_range("::1/128")};
    return contains(loopback, endpoint.address);
}

}  // namespace keyledger
