#include "tools/commands/audit_verify.hpp"

#include "ledger/log/checkpoint_file.hpp"
#include "projections/derived_check.hpp"
#include "tools/commands/audit.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/commands/directory_in_use.hpp"
#include "tools/commands/regular_files.hpp"

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

// One look at a ledger that may be in use meanwhile.
struct Look {
    ExitCode exit_code = ExitCode::integrity;
    std::string problem;  // empty: `found` says what was found
    Verification found;
};

Look look_at(const CommandLine& line, const std::string& data, const std::vector<VerifierKey>& keys,
             bool are_own_keys) {
    // Before the events: those that it covers are there by now.
    const Published signed_before = published(line, data, keys);
    if (!signed_before.problem.empty()) return {ExitCode::integrity, signed_before.problem, {}};
    const OpenedLedger ledger = open_ledger_to_read(data, {});
    if (!ledger.log) return {ledger.exit_code, ledger.problem, {}};
    if (const auto fault = ledger.log->check_files()) return {ExitCode::integrity, fault->what, {}};
    ProgressLine progress;
    Look look{.problem = {},
              .found = verify_log(*ledger.log, signed_before.trees, progress_on(progress))};
    progress.clear();
    if (look.found.wrong) return look;
    CheckpointAge age = age_of(*ledger.log, signed_before.trees.front(), checkpoint_path(data));
    std::string odd =
        age.contradiction.empty() ? std::move(age.remark) : std::move(age.contradiction);
    if (odd.empty() && are_own_keys) odd = other_key_than_stated(*ledger.log, keys).value_or("");
    if (odd.empty() && line.has("derived"))
        odd = wrong_with_derived(*ledger.log, progress_on(progress)).value_or("");
    progress.clear();
    if (!odd.empty()) look.found.wrong = Flaw{std::nullopt, std::move(odd)};
    return look;
}

// A server that uses the ledger takes files away and signs between the one read and the other, so
// that what seems wrong is looked at again.
constexpr int looks_max = 5;

ExitCode verify_data(const CommandLine& line, const std::string& data,
                     std::vector<VerifierKey> keys) {
    if (!holds_ledger(data)) return say(line, data + " holds no ledger", ExitCode::not_found);
    if (const auto irregular = irregular_in(data))
        return say(line, *irregular, ExitCode::integrity);
    const bool are_own_keys = keys.empty();
    std::string by_which_key;
    if (are_own_keys) {
        DirectoryKeys own = directory_keys(data, line.value("signing-key"));
        if (own.keys.empty()) {
            return say(line, own.problem + "; --key names a verifier key instead",
                       ExitCode::integrity);
        }
        keys = std::move(own.keys);
        if (own.are_from_backup)
            by_which_key = "by a key that lay in the backup, to be compared: " +
                           to_text(keys.front()) + "\n";
    }
    Look look;
    for (int looks = 0; looks < looks_max; ++looks) {
        const bool in_use = process_using(ledger_path(data)).has_value();
        look = look_at(line, data, keys, are_own_keys);
        if (look.problem.empty() && !look.found.wrong) break;
        if (!in_use) break;
    }
    if (!look.problem.empty()) return say(line, look.problem, look.exit_code);
    return conclude(line, look.found, by_which_key);
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
                : verify_audit_file(line, *file, *keys);
}

}  // namespace keyledger
