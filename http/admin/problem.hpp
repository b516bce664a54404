#pragma once
// Refusals of the API itself, as RFC 9457 problem documents.

#include "http/field_fault.hpp"
#include "ledger/rules/rejection.hpp"
#include "ledger/rules/workspace.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace keyledger {

enum class TransportFault : std::uint8_t;  // http/service.hpp

// What clients see and may depend on: each has one status and one code.
enum class ApiError : std::uint8_t {
    invalid_request,
    unauthenticated,
    forbidden,
    not_found,
    method_not_allowed,
    not_acceptable,
    timeout,
    conflict,
    backup_running,
    precondition_failed,
    too_large,
    target_too_long,
    unsupported_media_type,
    expectation_failed,
    idempotency_mismatch,
    too_many_requests,
    headers_too_large,
    internal,
    not_implemented,
    unavailable,
    stale,
    quarantined,  // stale too: a state that what was published contradicts
    outcome_unknown,
    version_not_supported,
};
inline constexpr std::size_t api_errors_count =
    static_cast<std::size_t>(ApiError::version_not_supported) + 1;

int status_of(ApiError error);
std::string_view to_text(ApiError error);  // the stable code
ApiError error_of(Refusal refusal);
ApiError error_of(TransportFault fault);

// The stable name of a rule that refused: it tells conflicts apart.
std::string_view to_text(Refusal refusal);

inline constexpr std::string_view problem_content_type = "application/problem+json";

struct ProblemContext {
    Locale locale = Locale::en;
    std::string_view request_id;
};

// Appends the document, and returns its status.
int append_problem(std::string& out, const ProblemContext& context, ApiError error);
int append_problem(std::string& out, const ProblemContext& context, const Rejection& rejection);
int append_problem(std::string& out, const ProblemContext& context, TransportFault fault);
// invalid_request, with one entry in `errors` for each fault.
int append_problem(std::string& out, const ProblemContext& context,
                   std::span<const FieldFault> faults);

}  // namespace keyledger
