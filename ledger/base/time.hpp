#pragma once
// Moments and lengths of time, and how they are written (RFC 3339; "15m").

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

using Duration = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Duration>;

inline constexpr Duration duration_max = std::chrono::days(36'525);  // 100 years

// "2026-11-21T20:53:04.123Z": UTC, always milliseconds. Years 0001 to 9999.
std::string to_rfc3339(Timestamp time);
void append_rfc3339(std::string& out, Timestamp time);

// RFC 3339 with any offset and any number of fraction digits (cut to milliseconds). A leap second
// (":60", where UTC ends a month) reads as the second after it. Nothing if the text is anything
// else, or a moment that to_rfc3339 could not write.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

// A whole number and one of ms, s, m, h, d: "0s", "15m", "24h", "30d". At most `duration_max`.
std::optional<Duration> parse_duration(std::string_view text);

// In the largest unit that divides it: "15m", "1d", "1500ms", "0s".
std::string to_text(Duration duration);

}  // namespace keyledger
