#pragma once
// The texts that clients read, in each language; and which language a client asks for.

#include "http/field_fault.hpp"
#include "ledger/rules/outcome.hpp"
#include "ledger/rules/rejection.hpp"
#include "ledger/rules/workspace.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace keyledger {

enum class ApiError : std::uint8_t;        // http/admin/problem.hpp
enum class TransportFault : std::uint8_t;  // http/service.hpp

// Sentences. `{0}` and so on stand for the arguments; one that is not given is left out, and a ": "
// before it too.
std::string text_of(Locale locale, Refusal refusal, std::span<const std::string> arguments);
std::string text_of(Locale locale, FieldProblem problem, std::span<const std::string> arguments);
std::string_view text_of(Locale locale, TransportFault fault);
std::string_view text_of(Locale locale, ApiError error);
// What a denial says where the workspace has no text of its own. One text for all that is wrong
// with a credential: who has none that works needs to know no more.
std::string_view text_of(Locale locale, Outcome outcome);

// A few words.
std::string_view title_of(Locale locale, ApiError error);
std::string_view title_of(Locale locale, Outcome outcome);

std::string filled_in(std::string_view text, std::span<const std::string> arguments);

// The language that an Accept-Language header (RFC 9110, 12.5.4) likes best; English where it likes
// neither, or both alike without naming one first. What is malformed in it counts for nothing.
Locale preferred_locale(std::string_view accept_language);

// "en" or "es", for Content-Language.
std::string_view to_text(Locale locale);

}  // namespace keyledger
