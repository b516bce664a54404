#pragma once
// How a text from outside is put into a log line without being able to forge one.

#include <cstddef>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr std::size_t log_value_bytes_max = 1024;

// A value of a field, `name=value`: as it is if it is plain (printable ASCII without space, quote,
// equals sign and backslash), else in double quotes, where `"` and `\` have a `\` before them and
// what escape_controls escapes is escaped. Cut after log_value_bytes_max bytes, with "..." behind
// it.
std::string log_value(std::string_view text);

// Control characters (C0, DEL, C1), what begins a line or turns the direction of writing (U+2028 to
// U+202E, U+2066 to U+2069) and bytes that are not UTF-8 as \n, \r, \t or \uHHHH. The log does this
// to every line as a whole, so that no value can begin a new one, or look like another.
std::string escape_controls(std::string_view text);

}  // namespace keyledger
