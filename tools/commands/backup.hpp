#pragma once
// Copies of a ledger, and ledgers of copies.

#include "tools/command_line.hpp"
#include "tools/exit_codes.hpp"

namespace keyledger {

// `backup`: of a server, or with --data of a directory that none is using. DIR is there when all of
// it is; exit code 6 where what came is not what its manifest says.
ExitCode run_backup(const CommandLine& line);

// `restore`: a ledger in a directory that has none, checked file by file; with --until cut back,
// with --origin as another log.
ExitCode run_restore(const CommandLine& line);

}  // namespace keyledger
