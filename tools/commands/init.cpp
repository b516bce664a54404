#include "tools/commands/init.hpp"

#include "replication/bootstrap.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/terminal/terminal.hpp"

#include <string>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

ExitCode say(const std::string& problem, ExitCode exit_code) {
    print_error("keyledger init: " + problem);
    return exit_code;
}

// The root key is the one thing that ever stands on standard output.
ExitCode show(const RootKey& root) {
    if (print_all(std::string(root.token.text()) + "\n")) return ExitCode::success;
    return say("the root key could not be written; `init --recover` makes another one",
               ExitCode::error);
}

ExitCode recover(const std::string& data) {
    OpenedLedger ledger = open_ledger(data, {});
    if (!ledger.log) return say(ledger.problem, ledger.exit_code);
    Tables tables;
    const RestoreResult restored = restore(*ledger.log, tables, Rebuild::if_needed);
    if (const auto problem = problem_of(restored)) return say(*problem, ExitCode::integrity);
    const Bootstrapped made = add_root_key(*ledger.log, tables, system_clock(), system_random());
    if (const auto* root = std::get_if<RootKey>(&made)) return show(*root);
    const auto* fault = std::get_if<LogFault>(&made);
    return say(fault ? fault->what : "the ledger refused a new root key", ExitCode::error);
}

}  // namespace

ExitCode run_init(const Settings& settings) {
    if (settings.recover) return recover(settings.data);
    const MadeLedger made = make_ledger(settings.data, settings.origin);
    return made.root ? show(*made.root) : say(made.problem, made.exit_code);
}

}  // namespace keyledger
