#include "http/text/languages.hpp"

namespace keyledger {

std::string_view english(Refusal refusal) {
    switch (refusal) {
        case Refusal::workspace_not_found: return "There is no such workspace: {0}";
        case Refusal::key_not_found: return "There is no such key: {0}";
        case Refusal::slug_taken: return "There is a workspace with this slug already: {0}";
        case Refusal::workspace_reserved:
            return "Of the workspace `system` only the name and the locale can be changed.";
        case Refusal::unknown_environment: return "The workspace has no such environment: {0}";
        case Refusal::scope_not_in_catalogue:
            return "The workspace's catalogue does not have this scope: {0}";
        case Refusal::environment_in_use: return "There are keys in this environment: {0}";
        case Refusal::document_too_large: return "All that this key or workspace says is too much.";
        case Refusal::digest_taken: return "There is a key with this digest already.";
        case Refusal::key_revoked: return "The key is revoked, which is for ever.";
        case Refusal::scopes_would_grant_all:
            return "An empty list of scopes grants everything here; say \"all\": true if that is "
                   "meant.";
        case Refusal::last_administrator:
            return "No key that can administer would be left; say \"force\": true if that is "
                   "meant.";
        case Refusal::beyond_authority: return "This is more than your own key may do: {0}";
        case Refusal::stale_revision:
            return "It has been changed since the revision that you name.";
        case Refusal::idempotency_mismatch:
            return "This Idempotency-Key was used before, with another body.";
        case Refusal::too_many_items: return "These are too many items for one call.";
        case Refusal::expiry_before_start: return "The key would expire before it begins.";
        case Refusal::events_too_large: return "This is too much for one call; make several of it.";
    }
    return "";
}

std::string_view english(FieldProblem problem) {
    switch (problem) {
        case FieldProblem::empty_body: return "A JSON body is needed.";
        case FieldProblem::malformed_json: return "This stops being JSON at byte {0}.";
        case FieldProblem::not_utf8: return "This is not UTF-8.";
        case FieldProblem::too_deep: return "This is nested too deeply; {0} levels are allowed.";
        case FieldProblem::too_many_values: return "These are too many values; {0} are allowed.";
        case FieldProblem::duplicate_member: return "There are two members of this name.";
        case FieldProblem::unknown_field: return "There is no such field.";
        case FieldProblem::missing_field: return "This field is needed.";
        case FieldProblem::cannot_be_null: return "This field can't be cleared.";
        case FieldProblem::cannot_be_changed: return "This field can't be changed.";
        case FieldProblem::not_an_object: return "This must be an object.";
        case FieldProblem::not_an_array: return "This must be an array.";
        case FieldProblem::not_a_string: return "This must be a string.";
        case FieldProblem::not_a_boolean: return "This must be true or false.";
        case FieldProblem::not_a_whole_number: return "This must be a whole number.";
        case FieldProblem::out_of_range: return "This must be from {0} to {1}.";
        case FieldProblem::neither_field: return "One of these fields is needed: {0}";
        case FieldProblem::both_fields: return "Only one of these fields is allowed: {0}";
        case FieldProblem::empty_text: return "This must not be empty.";
        case FieldProblem::too_long: return "This is too long; {0} bytes are allowed.";
        case FieldProblem::control_character: return "This must not have control characters.";
        case FieldProblem::empty_list: return "This list must not be empty.";
        case FieldProblem::too_many_items: return "These are too many items; {0} are allowed.";
        case FieldProblem::duplicate_item: return "There is one of this name already.";
        case FieldProblem::too_large: return "This is too large; {0} bytes of JSON are allowed.";
        case FieldProblem::too_many_placeholders:
            return "These are too many placeholders; {0} are allowed.";
        case FieldProblem::not_a_slug:
            return "This must be 1 to 64 of a-z, 0-9 and -, and neither begin nor end with -.";
        case FieldProblem::not_a_tag: return "This must be 1 to 16 of a-z and 0-9.";
        case FieldProblem::not_a_name:
            return "This must be 1 to 64 of A-Z, a-z, 0-9, '.', _ and -.";
        case FieldProblem::not_a_scope:
            return "This must be a scope: resource:action, resource:* or *.";
        case FieldProblem::not_a_time:
            return "This must be a time as RFC 3339 writes it, such as 2027-01-31T12:00:00Z.";
        case FieldProblem::time_in_past: return "This time has passed already.";
        case FieldProblem::not_a_duration:
            return "This must be a duration, such as 30s, 15m, 24h or 30d.";
        case FieldProblem::duration_out_of_range: return "This must be from {0} to {1}.";
        case FieldProblem::not_whole_seconds: return "This must be a whole number of seconds.";
        case FieldProblem::not_an_address_range:
            return "This must be an address or a range, such as 192.0.2.0/24 or 2001:db8::/32, "
                   "without bits beyond its prefix.";
        case FieldProblem::not_a_key_id: return "This must be the id of a key, such as key_0....";
        case FieldProblem::not_a_digest: return "This must be sha256: and 64 hexadecimal digits.";
        case FieldProblem::not_a_json_type:
            return "This must be a media type of JSON, such as application/json.";
        case FieldProblem::not_a_code_or_status:
            return "This must be the code of a denial, such as revoked, or a status, such as 401.";
        case FieldProblem::not_one_of: return "This must be one of these: {0}";
        case FieldProblem::unknown_parameter: return "There is no such parameter.";
        case FieldProblem::repeated_parameter: return "This parameter is there twice.";
        case FieldProblem::malformed_escape: return "This is not percent-encoded UTF-8.";
        case FieldProblem::not_a_moment:
            return "This must be a seq, a time as RFC 3339 writes it, or a time ago, such as -24h.";
        case FieldProblem::malformed_header: return "This header is malformed.";
        case FieldProblem::not_a_revision:
            return "This must be a revision in double quotes, such as \"7\", as ETag gives it.";
        case FieldProblem::repeated_header: return "This header is there twice.";
        case FieldProblem::credentials_differ:
            return "Authorization and X-Api-Key hold different credentials.";
    }
    return "";
}

std::string_view english(TransportFault fault) {
    switch (fault) {
        case TransportFault::malformed: return "The request is not well-formed HTTP/1.1.";
        case TransportFault::headers_too_large: return "The request's headers are too large.";
        case TransportFault::target_too_long: return "The request's target is too long.";
        case TransportFault::body_too_large: return "The request's body is too large.";
        case TransportFault::too_slow: return "The request took too long to arrive.";
        case TransportFault::unsupported_version:
            return "Only HTTP/1.1 and HTTP/1.0 are spoken here.";
        case TransportFault::unsupported_encoding:
            return "Only chunked is known as a transfer coding.";
        case TransportFault::expectation_failed: return "Only 100-continue can be expected.";
        case TransportFault::overloaded: return "There are too many connections; try again soon.";
    }
    return "";
}

std::string_view english(ApiError error) {
    switch (error) {
        case ApiError::invalid_request: return "Something in the request is not right.";
        case ApiError::unauthenticated:
            return "Who asks must show a valid API key: Authorization: Bearer KEY, or X-Api-Key: "
                   "KEY; on authorize and ext-authz, where those are the client's, "
                   "X-Keyledger-Caller: KEY.";
        case ApiError::forbidden:
            return "Your API key lacks the scope for this, or is bound elsewhere.";
        case ApiError::not_found: return "There is nothing here.";
        case ApiError::method_not_allowed: return "This method is not allowed here; see Allow.";
        case ApiError::not_acceptable:
            return "It can't be had in any of the types that you accept.";
        case ApiError::timeout: return "The request took too long.";
        case ApiError::conflict: return "This does not go with how things stand.";
        case ApiError::backup_running:
            return "A backup is being made already, and there is one at a time; try again later.";
        case ApiError::precondition_failed:
            return "It has been changed since the revision that you name.";
        case ApiError::too_large: return "The body is too large.";
        case ApiError::target_too_long: return "The target is too long.";
        case ApiError::unsupported_media_type:
            return "The body's Content-Type is not read here; nearly all routes want "
                   "application/json.";
        case ApiError::expectation_failed: return "Only 100-continue can be expected.";
        case ApiError::idempotency_mismatch:
            return "This Idempotency-Key was used before, with another body.";
        case ApiError::too_many_requests: return "These are too many requests; try again later.";
        case ApiError::headers_too_large: return "The headers are too large.";
        case ApiError::internal: return "Something went wrong here; the log says what.";
        case ApiError::not_implemented: return "This is not implemented.";
        case ApiError::unavailable: return "The service can't do this now; try again soon.";
        case ApiError::stale: return "What is known here is older than what you ask for.";
        case ApiError::quarantined:
            return "The ledger is in quarantine (X-Ledger-Quarantine says why): a revocation may "
                   "be missing, so that no key is checked.";
        case ApiError::outcome_unknown:
            return "Whether the change was made is not known; look, or repeat it with the same "
                   "Idempotency-Key.";
        case ApiError::version_not_supported: return "Only HTTP/1.1 and HTTP/1.0 are spoken here.";
    }
    return "";
}

std::string_view english(Outcome outcome) {
    switch (outcome) {
        case Outcome::valid: return "Valid API key";
        case Outcome::malformed:
        case Outcome::unknown:
        case Outcome::revoked:
        case Outcome::suspended:
        case Outcome::pending:
        case Outcome::expired:
        case Outcome::wrong_workspace:
        case Outcome::missing: return "Invalid or missing API key";
        case Outcome::wrong_environment: return "This API key belongs to another environment";
        case Outcome::ip_not_allowed: return "This API key is not allowed from this address";
        case Outcome::wrong_resource: return "This API key belongs to another resource";
        case Outcome::insufficient_scope: return "This API key lacks a scope that is needed here";
        case Outcome::rate_limited: return "Too many requests; try again later";
        case Outcome::quota_exceeded: return "The quota of this API key is used up";
    }
    return "";
}

std::string_view english_title(ApiError error) {
    switch (error) {
        case ApiError::invalid_request: return "Invalid request";
        case ApiError::unauthenticated: return "Not authenticated";
        case ApiError::forbidden: return "Forbidden";
        case ApiError::not_found: return "Not found";
        case ApiError::method_not_allowed: return "Method not allowed";
        case ApiError::not_acceptable: return "Not acceptable";
        case ApiError::timeout: return "Request timeout";
        case ApiError::conflict:
        case ApiError::backup_running: return "Conflict";
        case ApiError::precondition_failed: return "Precondition failed";
        case ApiError::too_large: return "Content too large";
        case ApiError::target_too_long: return "Target too long";
        case ApiError::unsupported_media_type: return "Unsupported media type";
        case ApiError::expectation_failed: return "Expectation failed";
        case ApiError::idempotency_mismatch: return "Idempotency mismatch";
        case ApiError::too_many_requests: return "Too many requests";
        case ApiError::headers_too_large: return "Headers too large";
        case ApiError::internal: return "Internal error";
        case ApiError::not_implemented: return "Not implemented";
        case ApiError::unavailable: return "Unavailable";
        case ApiError::stale: return "Stale";
        case ApiError::quarantined: return "In quarantine";
        case ApiError::outcome_unknown: return "Outcome unknown";
        case ApiError::version_not_supported: return "Version not supported";
    }
    return "";
}

std::string_view english_title(Outcome outcome) {
    switch (status_of(outcome)) {
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 429: return "Too Many Requests";
        default: return "OK";
    }
}

}  // namespace keyledger
