// A key's whole history, held to its proof (declared in report_runs.hpp).

#include "ledger/stored/event_codec.hpp"
#include "projections/export/event_json.hpp"
#include "projections/key_proof.hpp"
#include "tools/commands/audit_bundle.hpp"
#include "tools/commands/report_runs.hpp"
#include "tools/report/event_reports.hpp"

#include <map>
#include <utility>
#include <variant>

namespace keyledger {

namespace {

// The heads of all keys are sealed at intervals: what comes while the first one is on its way.
constexpr int looks_max = 25;
constexpr std::chrono::milliseconds between_looks{200};

// What the proved bytes say of an event, without what stands there as a commitment alone. Of uses
// the key's own.
std::optional<JsonValue> proved_event(const ProvedEntry& entry, const KeyId& key) {
    const std::optional<Event> event = decode(entry.leaf, {});
    if (!event) return {};
    std::string json;
    append_event(json, *event, leaf_hash(entry.leaf),
                 [&key](const UseRow& row) { return row.key == key; });
    FaultList faults;
    return parse_json(json, faults);
}

class KeyHistory {
public:
    KeyHistory(ReportRun& run, ReportWriter& writer, const std::string& key)
        : run_(run), writer_(writer), path_("/v1/keys/" + url_encoded(key) + "/events") {}

    ExitCode run(JsonValue head, const std::string& key, std::string& bundle) {
        if (const ExitCode code = ask_proof(bundle); code != ExitCode::success) return code;
        const std::optional<KeyProof> proof = parse_key_proof(bundle);
        if (!proof || proof->key != parse_key_id(key)) {
            return bad("the server's answer is no proof of this key's history");
        }
        const auto checked = check_key_proof(*proof, run_.source.keys);
        if (const auto* wrong = std::get_if<std::string>(&checked)) return bad(*wrong);
        const KeyProofResult& result = std::get<KeyProofResult>(checked);
        // Of an id that no key has, which the proof shows too.
        if (proof->entries.empty()) {
            const std::string until = std::to_string(result.whole_until);
            return run_.api.fail("it is proved that there was no such key up to event " + until,
                                 ExitCode::not_found);
        }
        for (const ProvedEntry& entry : proof->entries) {
            if (entry.seq <= run_.source.seq) left_[entry.seq] = &entry;
        }
        add_proof(head, *proof, result);
        if (!writer_.begin(head)) return ExitCode::error;
        return compare_events(*proof);
    }

private:
    ExitCode bad(const std::string& what) { return run_.api.fail(what, ExitCode::integrity); }

    ExitCode ask_proof(std::string& bundle) {
        for (int look = 0; look < looks_max; ++look) {
            if (look > 0) run_.api.client().pause(between_looks);
            HttpAnswer answer =
                run_.api.ask_patiently(run_.api.call("GET", path_ + "?proof=true&uses=true"));
            if (answer.status == 202) continue;
            if (answer.status != 200) return run_.api.fail(answer);
            bundle = std::move(answer.body);
            return ExitCode::success;
        }
        return run_.api.fail(
            "nothing is sealed yet that a proof could reach to (the server's seal_interval)",
            ExitCode::unavailable);
    }

    static void add_proof(JsonValue& head, const KeyProof& proof, const KeyProofResult& result) {
        JsonValue value = json_object();
        add_member(value, "keyId", json_text(to_text(proof.key)));
        add_member(value, "size", json_number(result.tree.size));
        add_member(value, "wholeUntil", json_number(result.whole_until));
        add_member(value, "withUses", json_truth(proof.with_uses));
        add_member(head, "proof", std::move(value));
    }

    // Each event that the server shows is held to the proved bytes, and each proved one is shown.
    ExitCode compare_events(const KeyProof& proof) {
        const Parameters with_uses{{"uses", "true"}};
        const ExitCode code = run_.api.pages(path_, with_uses, [&](const auto& items) {
            for (const JsonValue& event : items) {
                const std::uint64_t seq = number_at(event, "seq").value_or(0);
                if (seq > run_.source.seq) return std::optional(ExitCode::success);
                if (!add(event, seq, proof)) return std::optional(ExitCode::error);
                ++run_.done;
            }
            run_.show_progress("events");
            return std::optional<ExitCode>();
        });
        if (code != ExitCode::success) return code;
        run_.has_findings = !left_.empty() || first_wrong_;
        if (!left_.empty()) {
            return bad("event " + std::to_string(left_.begin()->first) +
                       " of the key is proved, and the server does not show it");
        }
        if (first_wrong_) {
            return bad("event " + std::to_string(*first_wrong_) +
                       " is not what the server shows, or is not in the proof");
        }
        return ExitCode::success;
    }

    // Who is bound to a workspace gets a proof without uses: of these nothing is known.
    bool add(const JsonValue& event, std::uint64_t seq, const KeyProof& proof) {
        const auto found = left_.find(seq);
        const bool is_use = text_at(event, "type") == "KeysUsed";
        JsonValue proved;
        if (found != left_.end()) {
            const std::optional<JsonValue> known = proved_event(*found->second, proof.key);
            proved = json_truth(known && agrees(*known, event));
            left_.erase(found);
        } else if (proof.with_uses || !is_use) {
            proved = json_truth(false);
        }
        if (proved.kind == JsonKind::boolean && !proved.truth && !first_wrong_) first_wrong_ = seq;
        JsonValue item = event;
        add_member(item, "proved", std::move(proved));
        return writer_.add(item);
    }

    ReportRun& run_;
    ReportWriter& writer_;
    std::string path_;
    std::map<std::uint64_t, const ProvedEntry*> left_;  // that the server has not shown yet
    std::optional<std::uint64_t> first_wrong_;
};

}  // namespace

ExitCode run_key_history_report(ReportRun& run, ReportWriter& writer, JsonValue head,
                                const std::string& key, std::string& bundle) {
    return KeyHistory(run, writer, key).run(std::move(head), key, bundle);
}

}  // namespace keyledger
