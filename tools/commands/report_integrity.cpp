// What was verified of the ledger, check by check (declared in report_runs.hpp).

#include "ledger/base/bytes.hpp"
#include "ledger/log/descriptor.hpp"
#include "ledger/proof/receipt.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/commands/report_runs.hpp"

#include <algorithm>
#include <utility>

namespace keyledger {

namespace {

std::optional<Proof> hashes_in(const JsonValue& answer) {
    Proof proof;
    for (const JsonValue& item : items_at(answer, "hashes")) {
        const auto bytes = from_base64(item.text);
        const auto hash = bytes ? digest_from_bytes(*bytes) : std::nullopt;
        if (!hash) return {};
        proof.push_back(*hash);
    }
    return proof;
}

std::string size_text(const TreeHead& tree) {
    return std::to_string(tree.size) + ", root " + to_base64(view_of(tree.root));
}

std::string hex_id(std::uint32_t id) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(8, '0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = digits[id >> (28 - 4 * i) & 0xf];
    return text;
}

// Does the checks and notes what came of each. `good`, `bad`, or `not checked`.
class Attestation {
public:
    Attestation(ReportRun& run, ReportWriter& writer)
        : run_(run), source_(run.source), writer_(writer) {}

    ExitCode run() {
        for (const VerifierKey& key : source_.keys) {
            note("key of the log", source_.keys_were_given ? "good" : "not checked",
                 to_text(key) + (source_.keys_were_given
                                     ? ", which was given"
                                     : ", which the server says is its own: compare it"));
        }
        note("checkpoint", "good",
             source_.checkpoint.checkpoint.origin + ", size " +
                 size_text(source_.checkpoint.checkpoint.tree));
        for (const NoteSignature& signature : source_.checkpoint.note.signatures) check(signature);
        ExitCode code = check_inclusion();
        if (code == ExitCode::success) code = check_consistency();
        if (code != ExitCode::success) return code;
        if (!is_written_) return ExitCode::error;
        if (is_good_) return ExitCode::success;
        run_.has_findings = true;
        return run_.api.fail("not all that was checked holds", ExitCode::integrity);
    }

private:
    void note(std::string_view check, std::string_view result, std::string detail) {
        JsonValue item = json_object();
        add_member(item, "check", json_text(std::string(check)));
        add_member(item, "result", json_text(std::string(result)));
        add_member(item, "detail", json_text(std::move(detail)));
        is_written_ = writer_.add(item) && is_written_;
        is_good_ = is_good_ && result != "bad";
    }

    // By the log, which was checked when the checkpoint was opened, or a cosignature.
    void check(const NoteSignature& signature) {
        std::vector<VerifierKey> known = source_.keys;
        known.insert(known.end(), source_.witnesses.begin(), source_.witnesses.end());
        const std::string by = signature.name + " with its key " + hex_id(signature.key_id);
        const auto is_its = [&](const VerifierKey& key) {
            return key.name == signature.name && key.key_id() == signature.key_id;
        };
        const auto key = std::ranges::find_if(known, is_its);
        const bool is_log = signature.name == source_.checkpoint.checkpoint.origin;
        const std::string_view check = is_log ? "signature" : "cosignature";
        if (key == known.end()) return note(check, "not checked", by + ": its key is not known");
        const bool is_good =
            is_signature_good(*key, source_.checkpoint.note.text, signature);
        note(check, is_good ? "good" : "bad", by);
    }

    // The event that the reports are as of stands in the tree that was signed.
    ExitCode check_inclusion() {
        const std::string seq = std::to_string(source_.seq);
        const HttpAnswer answer =
            run_.api.ask_patiently(run_.api.call("GET", "/v1/ledger/receipts/" + seq));
        if (answer.status == 403) {
            note("event " + seq, "not checked", "the caller's key may not read it");
            return ExitCode::success;
        }
        if (answer.status != 200) return run_.api.fail(answer);
        const auto receipt = parse_receipt(answer.body);
        const bool is_it = receipt && receipt->index == source_.seq;
        const ReceiptCheck check = is_it ? check_receipt(*receipt, source_.keys) : ReceiptCheck{};
        const bool is_good = check.verdict == ReceiptVerdict::good;
        note("event " + seq, is_good ? "good" : "bad",
             is_good ? "stands in the tree of size " + size_text(check.tree)
                     : "the server's receipt does not show that it stands in the log");
        return ExitCode::success;
    }

    // Nothing that a checkpoint kept elsewhere covers was changed since.
    ExitCode check_consistency() {
        const auto file = run_.api.line().value("checkpoint");
        if (!file) {
            note("consistency", "not checked", "no earlier checkpoint was given (--checkpoint)");
            return ExitCode::success;
        }
        const FileBytes read = read_regular_file(*file, note_bytes_max);
        if (read.fault) return run_.api.fail(read.fault->what, ExitCode::error);
        const auto kept = open_checkpoint(read.bytes, source_.keys);
        if (!kept) {
            note("consistency", "bad", *file + " is no checkpoint that such a key has signed");
            return ExitCode::success;
        }
        const TreeHead& from = kept->checkpoint.tree;
        const TreeHead& to = source_.checkpoint.checkpoint.tree;
        // One may be newer than what the reports are of: then it must go on from that.
        return from.size > to.size ? note_consistency(*file, to, from)
                                   : note_consistency(*file, from, to);
    }

    ExitCode note_consistency(const std::string& file, const TreeHead& from, const TreeHead& to) {
        Proof proof;
        if (from.size > 0 && from.size < to.size) {
            const Parameters sizes{{"from", std::to_string(from.size)},
                                   {"to", std::to_string(to.size)}};
            const std::string path = "/v1/ledger/proofs/consistency" + query_text(sizes);
            const HttpAnswer asked = run_.api.ask_patiently(run_.api.call("GET", path));
            if (asked.status == 400) {
                note("consistency", "bad", "the server's ledger is shorter than " + file);
                return ExitCode::success;
            }
            const Understood answer = run_.api.understand(asked, {"hashes"});
            if (!answer.value) return answer.exit_code;
            const auto hashes = hashes_in(*answer.value);
            if (hashes) proof = *hashes;
        }
        const bool is_good = from.size == 0 ? from.root == empty_root()
                                            : verify_consistency({from, to}, proof);
        note("consistency", is_good ? "good" : "bad",
             "size " + size_text(from) + (is_good ? " is" : " is not") +
                 " the beginning of size " + size_text(to) + " (" + file + ")");
        return ExitCode::success;
    }

    ReportRun& run_;
    const ReportSource& source_;
    ReportWriter& writer_;
    bool is_good_ = true;
    bool is_written_ = true;
};

}  // namespace

ExitCode run_integrity_report(ReportRun& run, ReportWriter& writer) {
    return Attestation(run, writer).run();
}

}  // namespace keyledger
