#pragma once
// What an auditor asks of a directory, without a server: keys as they stood, and the whole history.

#include "tools/command_line.hpp"
#include "tools/exit_codes.hpp"

namespace keyledger {

// `audit replay`: the keys as of --until, or --key alone, a JSON document a line. Reads all events
// up to there, and checks that each continues its stream.
ExitCode run_audit_replay(const CommandLine& line);

// `audit export`: the events from --from to --until, a JSON document a line, in --format. Holds one
// event in memory at a time.
ExitCode run_audit_export(const CommandLine& line);

}  // namespace keyledger
