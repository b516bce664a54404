#include "tools/commands/init.hpp"

#include "replication/bootstrap.hpp"
#include "tools/commands/data_directory.hpp"

#include <cstdio>
#include <string>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

ExitCode say(const std::string& problem, ExitCode exit_code) {
    std::fprintf(stderr, "keyledger init: %s\n", problem.c_str());
    return exit_code;
}

// The root key is the one thing that ever stands on standard output.
ExitCode show(const Bootstrapped& made) {
    if (const auto* root = std::get_if<RootKey>(&made)) {
        const std::string line = std::string(root->token.text()) + "\n";
        const bool written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
        if (written && std::fflush(stdout) == 0) return ExitCode::success;
        return say("the root key could not be written; `init --recover` makes another one",
                   ExitCode::error);
    }
    if (const auto* fault = std::get_if<LogFault>(&made)) return say(fault->what, ExitCode::error);
    return say("the ledger refused its first events", ExitCode::error);
}

ExitCode recover(const std::string& data) {
    OpenedLedger ledger = open_ledger(data, {});
    if (!ledger.log) return say(ledger.problem, ledger.exit_code);
    Tables tables;
    const RestoreResult restored = restore(*ledger.log, tables, Rebuild::no);
    if (const auto problem = problem_of(restored)) return say(*problem, ExitCode::integrity);
    return show(add_root_key(*ledger.log, tables, system_clock(), system_random()));
}

}  // namespace

ExitCode run_init(const Settings& settings) {
    if (settings.recover) return recover(settings.data);
    const OpenedLedger ledger = create_ledger(settings.data, settings.origin);
    if (!ledger.log) return say(ledger.problem, ledger.exit_code);
    return show(begin_ledger(*ledger.log, system_clock(), system_random()));
}

}  // namespace keyledger
