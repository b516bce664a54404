#pragma once
// The tables behind messages.hpp: a language is a file with these functions. A switch in them has
// no default, so that no text can be forgotten.

#include "http/admin/problem.hpp"
#include "http/field_fault.hpp"
#include "http/service.hpp"
#include "ledger/rules/outcome.hpp"
#include "ledger/rules/rejection.hpp"

#include <string_view>

namespace keyledger {

std::string_view english(Refusal refusal);
std::string_view english(FieldProblem problem);
std::string_view english(TransportFault fault);
std::string_view english(ApiError error);
std::string_view english(Outcome outcome);
std::string_view english_title(ApiError error);
std::string_view english_title(Outcome outcome);

std::string_view spanish(Refusal refusal);
std::string_view spanish(FieldProblem problem);
std::string_view spanish(TransportFault fault);
std::string_view spanish(ApiError error);
std::string_view spanish(Outcome outcome);
std::string_view spanish_title(ApiError error);
std::string_view spanish_title(Outcome outcome);

}  // namespace keyledger
