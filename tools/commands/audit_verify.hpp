#pragma once
// What `audit verify` of a directory and of files share.

#include "ledger/log/export_directory.hpp"
#include "ledger/proof/signed_note.hpp"
#include "projections/verify.hpp"
#include "tools/command_line.hpp"
#include "tools/exit_codes.hpp"
#include "tools/terminal/progress.hpp"

#include <string>
#include <vector>

namespace keyledger {

// "good: ..." on standard output, with `more` below it, or what is wrong on standard error.
ExitCode conclude(const CommandLine& line, const Verification& found, const std::string& more = {});

// Shows how many events are verified; `progress` outlives it.
Progress progress_on(ProgressLine& progress);

// `audit verify --file`: an export, a receipt or a key's proof. `keys` are those of --key.
ExitCode verify_audit_file(const CommandLine& line, const std::string& file,
                           const std::vector<VerifierKey>& keys);

}  // namespace keyledger
