#pragma once
// An answer that is no success: what the program ends with, and what it says.

#include "tools/client/http_call.hpp"
#include "tools/exit_codes.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// 0 is no answer at all.
ExitCode exit_code_of(int status);

// Gives the place of a fault another name: "/items/17/name" -> "FILE:18: /name".
using PlaceNames = std::function<std::string(std::string_view pointer)>;

// A line for each fault that a problem document (RFC 9457) lists, else one for the whole of it.
// Without newlines; control characters are escaped.
std::vector<std::string> failure_lines(const HttpAnswer& answer, const PlaceNames& names = {});

}  // namespace keyledger
