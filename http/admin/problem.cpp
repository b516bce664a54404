#include "http/admin/problem.hpp"

#include "http/service.hpp"
#include "http/text/messages.hpp"
#include "ledger/base/json_writer.hpp"

namespace keyledger {
namespace {

// All members but `errors`; the object stays open.
void write_head(JsonWriter& writer, const ProblemContext& context, ApiError error,
                std::string_view detail) {
    const std::string_view code = to_text(error);
    writer.begin_object()
        .field("type", "urn:keyledger:problem:" + std::string(code))
        .field("title", title_of(context.locale, error))
        .field("status", status_of(error))
        .field("detail", detail)
        .field("code", code)
        .field("requestId", context.request_id);
}

void write_fault(JsonWriter& writer, Locale locale, const FieldFault& fault) {
    const bool in_body = fault.place == FaultPlace::body;
    writer.begin_object().field("pointer", in_body ? std::string_view(fault.pointer) : "");
    if (fault.place == FaultPlace::query) writer.field("parameter", fault.pointer);
    if (fault.place == FaultPlace::header) writer.field("header", fault.pointer);
    writer.field("detail", text_of(locale, fault.problem, fault.arguments)).end_object();
}

}  // namespace

int status_of(ApiError error) {
    switch (error) {
        case ApiError::invalid_request: return 400;
        case ApiError::unauthenticated: return 401;
        case ApiError::forbidden: return 403;
        case ApiError::not_found: return 404;
        case ApiError::method_not_allowed: return 405;
        case ApiError::not_acceptable: return 406;
        case ApiError::timeout: return 408;
        case ApiError::conflict:
        case ApiError::backup_running: return 409;
        case ApiError::precondition_failed: return 412;
        case ApiError::too_large: return 413;
        case ApiError::target_too_long: return 414;
        case ApiError::unsupported_media_type: return 415;
        case ApiError::expectation_failed: return 417;
        case ApiError::idempotency_mismatch: return 422;
        case ApiError::too_many_requests: return 429;
        case ApiError::headers_too_large: return 431;
        case ApiError::internal: return 500;
        case ApiError::not_implemented: return 501;
        case ApiError::unavailable:
        case ApiError::stale:
        case ApiError::quarantined:
        case ApiError::outcome_unknown: return 503;
        case ApiError::version_not_supported: return 505;
    }
    return 500;
}

std::string_view to_text(ApiError error) {
    switch (error) {
        case ApiError::invalid_request: return "invalid_request";
        case ApiError::unauthenticated: return "unauthenticated";
        case ApiError::forbidden: return "forbidden";
        case ApiError::not_found: return "not_found";
        case ApiError::method_not_allowed: return "method_not_allowed";
        case ApiError::not_acceptable: return "not_acceptable";
        case ApiError::timeout: return "timeout";
        case ApiError::conflict:
        case ApiError::backup_running: return "conflict";
        case ApiError::precondition_failed: return "precondition_failed";
        case ApiError::too_large: return "too_large";
        case ApiError::target_too_long: return "target_too_long";
        case ApiError::unsupported_media_type: return "unsupported_media_type";
        case ApiError::expectation_failed: return "expectation_failed";
        case ApiError::idempotency_mismatch: return "idempotency_mismatch";
        case ApiError::too_many_requests: return "too_many_requests";
        case ApiError::headers_too_large: return "headers_too_large";
        case ApiError::internal: return "internal";
        case ApiError::not_implemented: return "not_implemented";
        case ApiError::unavailable: return "unavailable";
        case ApiError::stale:
        case ApiError::quarantined: return "stale";
        case ApiError::outcome_unknown: return "outcome_unknown";
        case ApiError::version_not_supported: return "version_not_supported";
    }
    return "";
}

ApiError error_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::workspace_not_found:
        case Refusal::key_not_found: return ApiError::not_found;
        case Refusal::slug_taken:
        case Refusal::workspace_reserved:
        case Refusal::environment_in_use:
        case Refusal::digest_taken:
        case Refusal::key_revoked:
        case Refusal::scopes_would_grant_all:
        case Refusal::last_administrator: return ApiError::conflict;
        case Refusal::unknown_environment:
        case Refusal::scope_not_in_catalogue:
        case Refusal::document_too_large:
        case Refusal::too_many_items:
        case Refusal::expiry_before_start: return ApiError::invalid_request;
        case Refusal::beyond_authority: return ApiError::forbidden;
        case Refusal::stale_revision: return ApiError::precondition_failed;
        case Refusal::idempotency_mismatch: return ApiError::idempotency_mismatch;
        case Refusal::events_too_large: return ApiError::too_large;
    }
    return ApiError::internal;
}

ApiError error_of(TransportFault fault) {
    switch (fault) {
        case TransportFault::malformed: return ApiError::invalid_request;
        case TransportFault::headers_too_large: return ApiError::headers_too_large;
        case TransportFault::target_too_long: return ApiError::target_too_long;
        case TransportFault::body_too_large: return ApiError::too_large;
        case TransportFault::too_slow: return ApiError::timeout;
        case TransportFault::unsupported_version: return ApiError::version_not_supported;
        case TransportFault::unsupported_encoding: return ApiError::not_implemented;
        case TransportFault::expectation_failed: return ApiError::expectation_failed;
        case TransportFault::overloaded: return ApiError::unavailable;
    }
    return ApiError::internal;
}

std::string_view to_text(Refusal refusal) {
    switch (refusal) {
        case Refusal::workspace_not_found: return "workspace_not_found";
        case Refusal::key_not_found: return "key_not_found";
        case Refusal::slug_taken: return "slug_taken";
        case Refusal::workspace_reserved: return "workspace_reserved";
        case Refusal::unknown_environment: return "unknown_environment";
        case Refusal::scope_not_in_catalogue: return "scope_not_in_catalogue";
        case Refusal::environment_in_use: return "environment_in_use";
        case Refusal::document_too_large: return "document_too_large";
        case Refusal::digest_taken: return "digest_taken";
        case Refusal::key_revoked: return "key_revoked";
        case Refusal::scopes_would_grant_all: return "scopes_would_grant_all";
        case Refusal::last_administrator: return "last_administrator";
        case Refusal::beyond_authority: return "beyond_authority";
        case Refusal::stale_revision: return "stale_revision";
        case Refusal::idempotency_mismatch: return "idempotency_mismatch";
        case Refusal::too_many_items: return "too_many_items";
        case Refusal::expiry_before_start: return "expiry_before_start";
        case Refusal::events_too_large: return "events_too_large";
    }
    return "";
}

int append_problem(std::string& out, const ProblemContext& context, ApiError error) {
    JsonWriter writer(out);
    write_head(writer, context, error, text_of(context.locale, error));
    writer.end_object();
    return status_of(error);
}

int append_problem(std::string& out, const ProblemContext& context, const Rejection& rejection) {
    const ApiError error = error_of(rejection.refusal);
    const std::string detail = text_of(context.locale, rejection.refusal, rejection.arguments);
    JsonWriter writer(out);
    write_head(writer, context, error, detail);
    writer.field("rule", to_text(rejection.refusal));
    if (!rejection.pointer.empty() || error == ApiError::invalid_request) {
        writer.key("errors").begin_array().begin_object();
        writer.field("pointer", rejection.pointer).field("detail", detail);
        writer.end_object().end_array();
    }
    writer.end_object();
    return status_of(error);
}

int append_problem(std::string& out, const ProblemContext& context, TransportFault fault) {
    const ApiError error = error_of(fault);
    JsonWriter writer(out);
    write_head(writer, context, error, text_of(context.locale, fault));
    writer.end_object();
    return status_of(error);
}

int append_problem(std::string& out, const ProblemContext& context,
                   std::span<const FieldFault> faults) {
    const ApiError error = ApiError::invalid_request;
    JsonWriter writer(out);
    write_head(writer, context, error, text_of(context.locale, error));
    writer.key("errors").begin_array();
    for (const FieldFault& fault : faults) write_fault(writer, context.locale, fault);
    writer.end_array().end_object();
    return status_of(error);
}

}  // namespace keyledger
