#include "http/credential.hpp"

#include <optional>

namespace keyledger {

std::string_view bearer_token(std::string_view value) {
    constexpr std::string_view scheme = "Bearer ";
    if (value.size() <= scheme.size()) return {};
    if (!equal_ignoring_case(value.substr(0, scheme.size()), scheme)) return {};
    value.remove_prefix(scheme.size());
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    return value;
}

Credential credential_of(const Request& request) {
    std::optional<std::string_view> bearer;
    std::optional<std::string_view> plain;
    bool other_scheme = false;
    for (const Header& field : request.headers) {
        if (equal_ignoring_case(field.name, "Authorization")) {
            const std::string_view token = bearer_token(field.value);
            if (token.empty()) {
                other_scheme = true;
                continue;
            }
            if (bearer && *bearer != token) return {CredentialKind::differing, {}};
            bearer = token;
        } else if (equal_ignoring_case(field.name, "X-Api-Key")) {
            if (plain && *plain != field.value) return {CredentialKind::differing, {}};
            plain = field.value;
        }
    }
    if (bearer && plain && *bearer != *plain) return {CredentialKind::differing, {}};
    if (bearer) return {CredentialKind::one, *bearer};
    if (plain && !plain->empty()) return {CredentialKind::one, *plain};
    return {other_scheme ? CredentialKind::other_scheme : CredentialKind::none, {}};
}

}  // namespace keyledger
