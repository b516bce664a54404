#pragma once
// `keyledger init`: an empty ledger, or a new root key for one whose root key was lost.

#include "tools/exit_codes.hpp"
#include "tools/settings.hpp"

namespace keyledger {

// Reads settings.data, .origin and .recover. Prints the root key, and nothing else, on standard
// output; what is wrong goes to standard error as a line.
ExitCode run_init(const Settings& settings);

}  // namespace keyledger
