#include "http/caller_trust.hpp"

#include <string_view>

namespace keyledger {
namespace {

constexpr std::string_view forwarded = "Forwarded";
constexpr std::string_view forwarded_for = "X-Forwarded-For";

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

bool CallerTrust::is_trusted(const Request& request) const {
    if (request.peer.unix_socket || request.peer.client_certificate) return true;
    if (!request.peer.address || !contains(settings_.trusted_networks, *request.peer.address)) {
        return false;
    }
    return header_count(request, forwarded) == 0 && header_count(request, forwarded_for) == 0;
}

bool CallerTrust::is_trusted_gateway(const Request& request) const {
    if (request.peer.unix_socket || request.peer.client_certificate) return true;
    if (!request.peer.address || !contains(settings_.trusted_networks, *request.peer.address)) {
        return false;
    }
    if (header_count(request, forwarded) != 0) return false;
    return header_count(request, forwarded_for) == 0 || is_proxy(request);
}

bool CallerTrust::is_proxy(const Request& request) const {
    if (request.peer.unix_socket) return true;
    return request.peer.address && contains(settings_.trusted_proxies, *request.peer.address);
}

// Several headers of that name are one list, in their order (RFC 9110, section 5.3): read from the
// end.
std::optional<Address> CallerTrust::client_address(const Request& request) const {
    if (!is_proxy(request)) return request.peer.address;
    for (auto field = request.headers.rbegin(); field != request.headers.rend(); ++field) {
        if (!equal_ignoring_case(field->name, forwarded_for)) continue;
        std::string_view hops = field->value;
        for (;;) {
            const std::size_t comma = hops.rfind(',');
            const bool last = comma == std::string_view::npos;
            const std::optional<Address> hop =
                parse_address(trimmed(last ? hops : hops.substr(comma + 1)));
            if (!hop) return {};
            if (!contains(settings_.trusted_proxies, *hop)) return hop;
            if (last) break;
            hops = hops.substr(0, comma);
        }
    }
    return request.peer.address;
}

}  // namespace keyledger
