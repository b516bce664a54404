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

// `audit export --format tiles`: all that is signed, as files that others' tools can check.
ExitCode run_audit_export_tiles(const CommandLine& line);

// `audit verify`. --data DIR: a stopped ledger, or one that is served, as of now; --file F: an
// export of tiles, a receipt, or a key's proof. Exit code 6, and what it is, if anything does not
// hold.
ExitCode run_audit_verify(const CommandLine& line);

// `audit verify-receipt`: one file of C2SP tlog-proof, by the verifier key alone.
ExitCode run_audit_verify_receipt(const CommandLine& line);

// `audit watch`: a server's ledger only ever grows, as long as --state has seen it.
ExitCode run_audit_watch(const CommandLine& line);

// `audit report`: what auditors ask of a server's ledger, each report tied to a signed checkpoint.
ExitCode run_audit_report(const CommandLine& line);

// `audit rotate-key`: gives a stopped ledger a new key to sign with.
ExitCode run_audit_rotate_key(const CommandLine& line);

}  // namespace keyledger
