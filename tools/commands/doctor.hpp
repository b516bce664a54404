#pragma once
// `keyledger doctor`: what is wrong around a ledger or a server, and what to do.

#include "tools/command_line.hpp"
#include "tools/exit_codes.hpp"
#include "tools/settings.hpp"

namespace keyledger {

// Prints a line for each thing that it looked at. `error` if one of them fails.
ExitCode run_doctor(const CommandLine& line, const Settings& settings);

}  // namespace keyledger
