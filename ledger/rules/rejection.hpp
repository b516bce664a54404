#pragma once
// Why a command was refused. A refusal is an answer, not an error: nothing was written.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {

// Each has a status and a stable code (http/admin/problem.cpp) and a text in each language
// (http/text). A switch over it has no default, so that a new one can't be forgotten there.
enum class Refusal : std::uint8_t {
    workspace_not_found,
    key_not_found,
    slug_taken,
    workspace_reserved,          // a change of `system` that would lock its owners out
    unknown_environment,
    scope_not_in_catalogue,
    environment_in_use,          // an environment that keys stand in can't be dropped
    document_too_large,          // a key or workspace document over its limit
    digest_taken,                // an imported digest that a key already has
    key_revoked,
    scopes_would_grant_all,      // [] where an empty list means all, without "all": true
    last_administrator,          // the last key that can administer, without "force": true
    beyond_authority,            // more than the caller's own scopes or binding
    stale_revision,              // If-Match names another revision
    idempotency_mismatch,        // the same Idempotency-Key with another body
    too_many_items,
    expiry_before_start,
    events_too_large,            // one command's events do not fit one entry
};

struct Rejection {
    Refusal refusal{};
    std::string pointer;                 // RFC 6901, the field that is to blame; may be empty
    std::vector<std::string> arguments;  // what the text names, in order

    Rejection() = default;  // for boost::system::result, which never shows one made so
    Rejection(Refusal why) : refusal(why) {}
    Rejection(Refusal why, std::string where, std::vector<std::string> named = {})
        : refusal(why), pointer(std::move(where)), arguments(std::move(named)) {}

    friend bool operator==(const Rejection&, const Rejection&) = default;
};

}  // namespace keyledger
