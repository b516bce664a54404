#pragma once
// One request and the answer in the making, with what every handler needs to know about it.

#include "http/admin/problem.hpp"
#include "http/field_fault.hpp"
#include "http/message.hpp"
#include "ledger/rules/rejection.hpp"
#include "replication/unavailable.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// Lives as long as the handling of one request, on one HTTP thread.
struct Exchange {
    const Request& request;
    Response& response;
    std::string request_id;  // taken over from the client, or made
    std::uint64_t seq = 0;   // the newest event that the answer surely reflects
    std::size_t thread = 0;  // the HTTP thread's number
    std::vector<std::string> captures;  // the path's variable segments, decoded

    Locale locale() const;
};

// The client's X-Request-Id if it is well-formed ([A-Za-z0-9._-]{1,128}), else a new one.
std::string request_id_of(const Request& request);

// Answers that are problem documents.
void answer_problem(Exchange& exchange, ApiError error);
void answer_problem(Exchange& exchange, const Rejection& rejection);
void answer_problem(Exchange& exchange, std::span<const FieldFault> faults);
// 404. What is no slug may be a token by mistake: it is not repeated.
void answer_unknown_workspace(Exchange& exchange, const std::string& slug);
// 401 with WWW-Authenticate.
void answer_unauthenticated(Exchange& exchange);
// 503 with Retry-After.
void answer_unavailable(Exchange& exchange, ApiError error);
void answer_unavailable(Exchange& exchange, Unavailable why);

// One answer in JSON.
void answer_json(Exchange& exchange, int status, std::string body);

void append_header(std::string& headers, std::string_view name, std::string_view value);
void append_header(std::string& headers, std::string_view name, std::uint64_t value);

inline constexpr std::string_view json_content_type = "application/json";

}  // namespace keyledger
