#include "ledger/proof/receipt.hpp"
#include "projections/verify_export.hpp"
#include "tools/commands/audit.hpp"
#include "tools/commands/audit_bundle.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/commands/audit_verify.hpp"
#include "tools/commands/regular_files.hpp"
#include "tools/read_file.hpp"

#include <filesystem>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

// A key that came with the export shows nothing of who made it, and is called that.
std::string signed_by(const std::vector<VerifierKey>& signers, bool are_given) {
    std::string text;
    for (const VerifierKey& key : signers) {
        text += "signed by " + key.name + " with its key " + key_id_text(key);
        text += are_given ? ", which was given\n"
                          : ", a key that lies in the export: compare it with one that you hold\n";
    }
    return text;
}

ExitCode verify_directory(const CommandLine& line, const std::string& directory,
                          const std::vector<VerifierKey>& keys) {
    if (const auto irregular = first_irregular(directory))
        return say(line, irregular_text(*irregular), ExitCode::integrity);
    ExportTrust trust{.keys = keys, .kept = {}};
    if (const auto kept = line.value("checkpoint")) {
        FileBytes read = read_regular_file(*kept, note_bytes_max);
        if (read.fault) return say(line, read.fault->what, ExitCode::error);
        trust.kept = KeptCheckpoint{.file = *kept, .note = std::move(read.bytes)};
    }
    ProgressLine progress;
    const ExportVerification checked = verify_export(directory, trust, progress_on(progress));
    progress.clear();
    return conclude(line, checked.found, signed_by(checked.signers, !keys.empty()));
}

std::string report(const KeyId& key, const KeyProofResult& result, bool with_uses) {
    std::string until = std::to_string(result.whole_until);
    if (result.later > 0) until += "; " + grouped(result.later) + " of it are later than the seal";
    if (result.events == 0)
        return "good: there was no such key as " + to_text(key) + " up to event " + until + "\n";
    std::string text = "good: " + to_text(key) + " has " + grouped(result.events);
    text += with_uses ? " events, and no other" : " life-cycle events, uses not shown; sealed";
    return text + " up to event " + until + "\n";
}

ExitCode verify_bundle(const CommandLine& line, const std::string& file, std::string_view json,
                       const std::vector<VerifierKey>& keys) {
    const auto proof = parse_key_proof(json);
    if (!proof) return say(line, file + " is no proof of a key's history", ExitCode::integrity);
    const auto checked = check_key_proof(*proof, keys);
    if (const auto* wrong = std::get_if<std::string>(&checked))
        return say(line, file + ": " + *wrong, ExitCode::integrity);
    return show(report(proof->key, std::get<KeyProofResult>(checked), proof->with_uses));
}

// An editor, or `echo`, may have put a newline behind the last one.
std::string_view without_extra_newline(std::string_view text) {
    if (text.ends_with("\n\n")) text.remove_suffix(1);
    return text;
}

ExitCode verify_receipt(const CommandLine& line, const std::string& file, std::string_view text,
                        const std::vector<VerifierKey>& keys) {
    const auto receipt = parse_receipt(without_extra_newline(text));
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

// What is longer than a proof can be is none.
ExitCode say_not_read(const CommandLine& line, const std::string& file, const FileText& read) {
    return say(line, file + " can't be read: " + read.problem,
               read.is_too_long ? ExitCode::integrity : ExitCode::error);
}

}  // namespace

ExitCode verify_audit_file(const CommandLine& line, const std::string& file,
                           const std::vector<VerifierKey>& keys) {
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return say(line, file + " is not there", ExitCode::not_found);
    if (std::filesystem::is_directory(file, error)) return verify_directory(line, file, keys);
    if (keys.empty()) return say(line, "a receipt or a proof wants --key VKEY", ExitCode::usage);
    if (line.has("checkpoint")) {
        return say(line, "--checkpoint is for a ledger or an export: " + file + " is neither",
                   ExitCode::usage);
    }
    const FileText read = read_file(file, bundle_bytes_max);
    if (!read.problem.empty()) return say_not_read(line, file, read);
    return read.text.starts_with('{') ? verify_bundle(line, file, read.text, keys)
                                      : verify_receipt(line, file, read.text, keys);
}

ExitCode run_audit_verify_receipt(const CommandLine& line) {
    const auto keys = keys_given(line);
    if (!keys) return ExitCode::usage;
    if (keys->empty() || line.arguments.size() != 1)
        return say(line, "name --key VKEY and one file", ExitCode::usage);
    const std::string& file = line.arguments.front();
    const FileText read = read_file(file, receipt_bytes_max);
    if (!read.problem.empty()) return say_not_read(line, file, read);
    return verify_receipt(line, file, read.text, *keys);
}

}  // namespace keyledger
