#pragma once
// The program's log: lines on standard error or in a file, never on standard output.

#include "ledger/base/time.hpp"

#include <spdlog/fwd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace keyledger {

enum class LogLevel : std::uint8_t { debug, info, warning, error, critical };
enum class LogFormat : std::uint8_t { text, json };

struct LogSettings {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::text;
    std::string file;  // empty: standard error
};

inline constexpr std::size_t log_message_bytes_max = 16 * 1024;

// A message is an event's name and its fields: `committed seq=42 events=17`. Values from outside go
// in through log_value (ledger/base/log_value.hpp).
//
// Lines are written one write(2) each by the thread that logs, so that the last words before a
// fatal stop are not lost. May be used on any thread.
struct OpenedLog {
    std::shared_ptr<spdlog::logger> logger;  // shared: so that callers need not know the type to
                                             // let it go; nothing if the file can't be opened
    std::string problem;  // then why
};
OpenedLog open_log(const LogSettings& settings);

// Opens the file anew, so that one who renamed the old one (logrotate) gets it for himself; nothing
// to do for standard error. If that fails the old file stays, and an error is logged to it. Any
// thread; not a signal handler. `logger` is one of open_log.
void reopen_log(spdlog::logger& logger);

// One line with its newline. Text: `2026-11-21T20:53:04.123Z info committed seq=42 events=17`.
// JSON: the same as an object with `time`, `level`, `event` and the fields; a value that is a
// number stands as one. Words behind a field that are no field belong to its value. A message is
// cut after log_message_bytes_max bytes.
std::string format_log_line(LogFormat format, Timestamp time, std::string_view level,
                            std::string_view message);

}  // namespace keyledger
