#include "ledger/log/checkpoint_file.hpp"
#include "ledger/proof/receipt.hpp"
#include "projections/derived_check.hpp"
#include "projections/verify.hpp"
#include "tools/commands/audit.hpp"
#include "tools/commands/audit_bundle.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/commands/directory_in_use.hpp"
#include "tools/commands/regular_files.hpp"
#include "tools/read_file.hpp"
#include "tools/terminal/progress.hpp"

#include <filesystem>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

std::string report(const Verification& found) {
    return "good: " + grouped(found.head.size) + " events, " + grouped(found.keys) +
           " keys, root " + to_base64(view_of(found.head.root)) + "\n";
}

ExitCode conclude(const CommandLine& line, const Verification& found) {
    if (found.wrong) return say(line, to_text(*found.wrong), ExitCode::integrity);
    return show(report(found));
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
    if (are_own_keys) {
        const SigningKeyFile file =
            read_signing_key_file(line.value("signing-key").value_or(signing_key_path(data)));
        if (!file.key) {
            return say(line, file.fault->what + "; --key names a verifier key instead",
                       ExitCode::integrity);
        }
        keys = file.verifiers();
    }
    Look look;
    for (int looks = 0; looks < looks_max; ++looks) {
        const bool in_use = process_using(ledger_path(data)).has_value();
        look = look_at(line, data, keys, are_own_keys);
        if (look.problem.empty() && !look.found.wrong) break;
        if (!in_use) break;
    }
    if (!look.problem.empty()) return say(line, look.problem, look.exit_code);
    return conclude(line, look.found);
}

ExitCode verify_bundle(const CommandLine& line, const std::string& file, std::string_view json,
                       const std::vector<VerifierKey>& keys) {
    const auto proof = parse_key_proof(json);
    if (!proof) return say(line, file + " is no proof of a key's history", ExitCode::integrity);
    const auto checked = check_key_proof(*proof, keys);
    if (const auto* wrong = std::get_if<std::string>(&checked))
        return say(line, file + ": " + *wrong, ExitCode::integrity);
    const auto& result = std::get<KeyProofResult>(checked);
    std::string text = "good: " + to_text(proof->key) + " has ";
    text += result.events == 0 ? "no event" : grouped(result.events) + " events";
    if (result.whole_until)
        text += ", and no other up to event " + std::to_string(*result.whole_until);
    return show(text + "\n");
}

ExitCode verify_receipt(const CommandLine& line, const std::string& file, std::string_view text,
                        const std::vector<VerifierKey>& keys) {
    const auto receipt = parse_receipt(text);
    if (!receipt) return say(line, file + " is no receipt", ExitCode::integrity);
    const ReceiptCheck check = check_receipt(*receipt, keys);
    switch (check.verdict) {
        case ReceiptVerdict::good:
            return show("good: event " + std::to_string(receipt->index) + " stands in the log " +
                        keys.front().name + " of " + std::to_string(check.tree.size) + " events\n");
        case ReceiptVerdict::no_entry:
            return say(line, file + " does not hold its entry", ExitCode::integrity);
        case ReceiptVerdict::bad_signature:
            return say(line, file + ": its checkpoint is not signed by this key",
                       ExitCode::integrity);
        case ReceiptVerdict::not_included:
            return say(line,
                       file + ": the entry is not at index " + std::to_string(receipt->index) +
                           " of the tree that was signed",
                       ExitCode::integrity);
    }
    return ExitCode::error;
}

ExitCode verify_file(const CommandLine& line, const std::string& file,
                     std::vector<VerifierKey> keys) {
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return say(line, file + " is not there", ExitCode::not_found);
    if (!std::filesystem::is_directory(file, error)) {
        if (keys.empty())
            return say(line, "a receipt or a proof wants --key VKEY", ExitCode::usage);
        const FileText read = read_file(file, bundle_bytes_max);
        if (!read.problem.empty())
            return say(line, file + " can't be read: " + read.problem, ExitCode::error);
        return read.text.starts_with('{') ? verify_bundle(line, file, read.text, keys)
                                          : verify_receipt(line, file, read.text, keys);
    }
    if (const auto irregular = first_irregular(file))
        return say(line, irregular_text(*irregular), ExitCode::integrity);
    ProgressLine progress;
    const Verification found = verify_export(file, std::move(keys), progress_on(progress));
    progress.clear();
    return conclude(line, found);
}

}  // namespace

ExitCode run_audit_verify(const CommandLine& line) {
    auto keys = keys_given(line);
    if (!keys) return ExitCode::usage;
    const auto data = line.value("data");
    const auto file = line.value("file");
    if (data.has_value() == file.has_value())
        return say(line, "name either --data DIR or --file FILE", ExitCode::usage);
    return data ? verify_data(line, *data, std::move(*keys))
                : verify_file(line, *file, std::move(*keys));
}

ExitCode run_audit_verify_receipt(const CommandLine& line) {
    const auto keys = keys_given(line);
    if (!keys) return ExitCode::usage;
    if (keys->empty() || line.arguments.size() != 1)
        return say(line, "name --key VKEY and one file", ExitCode::usage);
    const std::string& file = line.arguments.front();
    const FileText read = read_file(file, receipt_bytes_max);
    if (!read.problem.empty())
        return say(line, file + " can't be read: " + read.problem, ExitCode::error);
    return verify_receipt(line, file, read.text, *keys);
}

}  // namespace keyledger
