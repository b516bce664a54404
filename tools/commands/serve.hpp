#pragma once
// `keyledger serve`: builds all parts of the server, runs them, and takes them down in order.

#include "tools/exit_codes.hpp"
#include "tools/settings.hpp"

#include <spdlog/fwd.h>

namespace keyledger {

// Returns after SIGTERM or SIGINT, when all that was taken in is committed. SIGHUP opens the log
// anew (reopen_log). `logger` is one of open_log.
ExitCode run_serve(const Settings& settings, spdlog::logger& logger);

}  // namespace keyledger
