#include "ledger/log/checkpoint_file.hpp"
#include "projections/verify.hpp"
#include "tools/commands/audit.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/commands/audit_verify.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/terminal/progress.hpp"

#include <utility>

namespace keyledger {
namespace {

// The checkpoints that the ledger must extend: its own, and one that was kept elsewhere.
struct Published {
    std::vector<TreeHead> trees;
    std::string problem;
};

Published published(const CommandLine& line, const std::string& data,
                    const std::vector<VerifierKey>& keys) {
    Published found;
    std::vector<std::string> files{checkpoint_path(data)};
    if (const auto kept = line.value("checkpoint")) files.push_back(*kept);
    for (const std::string& file : files) {
        const CheckpointFile read = read_checkpoint_file(file, keys);
        if (read.checkpoint) {
            found.trees.push_back(read.checkpoint->checkpoint.tree);
        } else if (found.problem.empty()) {
            found.problem = read.fault ? read.fault->what : file + " is missing";
        }
    }
    return found;
}

ExitCode verify_data(const CommandLine& line, const std::string& data,
                     std::vector<VerifierKey> keys) {
    if (!holds_ledger(data)) return say(line, data + " holds no ledger", ExitCode::not_found);
    if (keys.empty()) {
        const SigningKeyFile file =
            read_signing_key_file(line.value("signing-key").value_or(signing_key_path(data)));
        if (!file.key) {
            return say(line, file.fault->what + "; --key names a verifier key instead",
                       ExitCode::integrity);
        }
        keys = file.verifiers();
    }
    // Before the events: those that it covers are there by now.
    const Published signed_before = published(line, data, keys);
    if (!signed_before.problem.empty())
        return say(line, signed_before.problem, ExitCode::integrity);
    const OpenedLedger ledger = open_ledger_to_read(data, {});
    if (!ledger.log) return say(line, ledger.problem, ledger.exit_code);
    if (const auto fault = ledger.log->check_files())
        return say(line, fault->what, ExitCode::integrity);
    ProgressLine progress;
    Verification found = verify_log(*ledger.log, signed_before.trees, progress_on(progress));
    progress.clear();
    if (!found.wrong) {
        auto older =
            older_than_stop(*ledger.log, signed_before.trees.front(), checkpoint_path(data));
        if (older) found.wrong = Flaw{std::nullopt, std::move(*older)};
    }
    return conclude(line, found);
}

}  // namespace

ExitCode conclude(const CommandLine& line, const Verification& found, const std::string& more) {
    if (found.wrong) return say(line, to_text(*found.wrong), ExitCode::integrity);
    return show("good: " + grouped(found.head.size) + " events, " + grouped(found.keys) +
                " keys, root " + to_base64(view_of(found.head.root)) + "\n" + more);
}

Progress progress_on(ProgressLine& progress) {
    return [&progress](std::uint64_t done, std::uint64_t total) {
        progress.show({.doing = "verified",
                       .done = done,
                       .things = "events",
                       .bytes_done = done,
                       .bytes_all = total});
    };
}

ExitCode run_audit_verify(const CommandLine& line) {
    auto keys = keys_given(line);
    if (!keys) return ExitCode::usage;
    const auto data = line.value("data");
    const auto file = line.value("file");
    if (data.has_value() == file.has_value())
        return say(line, "name either --data DIR or --file FILE", ExitCode::usage);
    return data ? verify_data(line, *data, std::move(*keys))
                : verify_audit_file(line, *file, std::move(*keys));
}

}  // namespace keyledger
