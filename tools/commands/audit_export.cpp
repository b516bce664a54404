#include "ledger/log/checkpoint_file.hpp"
#include "ledger/log/export_directory.hpp"
#include "tools/commands/audit.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/terminal/progress.hpp"

namespace keyledger {

ExitCode run_audit_export_tiles(const CommandLine& line) {
    const auto data = line.value("data");
    const auto to = line.value("to");
    if (!data || !to) return say(line, "name --data DIR and --to DIR", ExitCode::usage);
    if (!holds_ledger(*data)) return say(line, *data + " holds no ledger", ExitCode::not_found);
    if (const auto irregular = irregular_in(*data))
        return say(line, *irregular, ExitCode::integrity);
    const DirectoryKeys own = directory_keys(*data, line.value("signing-key"));
    if (own.keys.empty()) return say(line, own.problem, ExitCode::integrity);
    const std::vector<VerifierKey>& keys = own.keys;
    const CheckpointFile file = read_checkpoint_file(checkpoint_path(*data), keys);
    if (!file.checkpoint) {
        return say(line, file.fault ? file.fault->what : checkpoint_path(*data) + " is missing",
                   ExitCode::integrity);
    }
    const OpenedLedger ledger = open_ledger_to_read(*data, {});
    if (!ledger.log) return say(line, ledger.problem, ledger.exit_code);
    ProgressLine progress;
    const auto fault = write_export(*ledger.log, *file.checkpoint, keys, *to,
                                    [&](std::uint64_t done, std::uint64_t total) {
                                        progress.show({.doing = "exported",
                                                       .done = done,
                                                       .things = "events",
                                                       .bytes_done = done,
                                                       .bytes_all = total});
                                    });
    progress.clear();
    if (fault) return say(line, fault->what, ExitCode::error);
    return show("exported " + grouped(file.checkpoint->checkpoint.tree.size) + " events to " + *to +
                "\n");
}

}  // namespace keyledger
