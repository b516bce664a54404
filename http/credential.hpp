#pragma once
// The credential that a request carries: `Authorization: Bearer T` or `X-Api-Key: T`.

#include "http/message.hpp"

#include <cstdint>
#include <string_view>

namespace keyledger {

enum class CredentialKind : std::uint8_t {
    none,
    one,
    differing,  // both headers, and not the same; or one of them twice
    other_scheme,  // Authorization of another kind, and no X-Api-Key
};

struct Credential {
    CredentialKind kind = CredentialKind::none;
    std::string_view token;  // of one
};

Credential credential_of(const Request& request);

// The token in a header value such as "Bearer T" (the scheme in any case); empty if it is none.
std::string_view bearer_token(std::string_view value);

}  // namespace keyledger
