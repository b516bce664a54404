#pragma once
// `keyledger audit ...`: what an auditor does, without trust in the server that made the ledger.
//
// What is found goes to standard output if all is good, and to standard error, with exit code 6, if
// not. None of them changes a ledger but `rotate-key`.

#include "tools/command_line.hpp"
#include "tools/exit_codes.hpp"

namespace keyledger {

// --data DIR: a stopped ledger, or one that is served, as of now; --file F: an export, or a
// receipt.
ExitCode run_audit_verify(const CommandLine& line);
// One file of C2SP tlog-proof, by the verifier key alone.
ExitCode run_audit_verify_receipt(const CommandLine& line);
// All that is signed, as files that others' tools can check.
ExitCode run_audit_export(const CommandLine& line);
// A server's ledger only ever grows, as long as --state has seen it.
ExitCode run_audit_watch(const CommandLine& line);
// Gives a stopped ledger a new key to sign with.
ExitCode run_audit_rotate_key(const CommandLine& line);

}  // namespace keyledger
