#pragma once
// An answer that is no success: what the program ends with, and what it says.

#include "tools/client/http_call.hpp"
#include "tools/command_line.hpp"
#include "tools/exit_codes.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// 0 is no answer at all.
ExitCode exit_code_of(int status);

// Gives the place of a fault (a pointer into the body, or the name of a parameter or header)
// another name: "/items/17/name" -> "FILE:18: /name".
using PlaceNames = std::function<std::string(std::string_view place)>;

// The flag that a member, a parameter or a header came from: "--rate-limit (/rateLimit/window)" for
// "/rateLimit/window", "--as-of" for "asOf", "--if-match" for "If-Match". `place` as it is where
// the command was not given such a flag.
std::string flag_at(const CommandLine& line, std::string_view place);

// A line for each fault that a problem document (RFC 9457) lists, else one for the whole of it.
// Without newlines; control characters are escaped.
std::vector<std::string> failure_lines(const HttpAnswer& answer, const PlaceNames& names = {});

}  // namespace keyledger
