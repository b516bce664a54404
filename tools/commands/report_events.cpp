// Reports that walk over events (declared in report_runs.hpp).

#include "tools/commands/report_runs.hpp"
#include "tools/report/event_reports.hpp"

#include <functional>

namespace keyledger {

namespace {

// Gives false where it can't go on.
using TakeEvent = std::function<bool(const JsonValue& event)>;

// Events in the order of time, up to the one that the report is as of.
ExitCode each_event(ReportRun& run, const Parameters& parameters, std::string_view things,
                    const TakeEvent& take) {
    return run.api.pages("/v1/events", parameters, [&](const auto& items) {
        for (const JsonValue& event : items) {
            const std::optional<std::uint64_t> seq = number_at(event, "seq");
            if (!seq) {
                const std::string what = "the server's answer has an event without a seq";
                return std::optional(run.api.fail(what, ExitCode::error));
            }
            if (*seq > run.source.seq) return std::optional(ExitCode::success);
            if (!take(event)) return std::optional(ExitCode::error);
            ++run.done;
        }
        run.show_progress(things);
        return std::optional<ExitCode>();
    });
}

Parameters of_type(const char* type, const ReportSource& source) {
    Parameters parameters{{"type", type}};
    if (source.since) parameters.emplace_back("since", to_rfc3339(*source.since));
    if (source.until) parameters.emplace_back("until", to_rfc3339(*source.until));
    return parameters;
}

// The key as it stood then.
ExitCode key_then(ReportRun& run, const std::string& id, JsonValue& key) {
    const Parameters as_of{{"asOf", run.source.as_of}};
    const std::string path = "/v1/keys/" + url_encoded(id) + query_text(as_of);
    const Understood answer =
        run.api.understand(run.api.ask_patiently(run.api.call("GET", path)), {"id"});
    if (answer.value) key = *answer.value;
    return answer.exit_code;
}

ExitCode add_revocation(ReportRun& run, ReportWriter& writer, const JsonValue& event) {
    RevocationFold fold(event);
    JsonValue key;
    if (const ExitCode code = key_then(run, fold.key(), key); code != ExitCode::success) {
        return code;
    }
    const Parameters uses{
        {"type", "KeysUsed"}, {"key", fold.key()}, {"from", std::to_string(fold.seq())}};
    bool is_understood = true;
    const ExitCode code = each_event(run, uses, "events", [&](const JsonValue& used) {
        is_understood = fold.take(used);
        return is_understood;
    });
    if (!is_understood) return run.api.fail("an event of uses has other rows than known", code);
    if (code != ExitCode::success) return code;
    return writer.add(fold.item(key)) ? ExitCode::success : ExitCode::error;
}

}  // namespace

ExitCode run_revocations_report(ReportRun& run, ReportWriter& writer) {
    Parameters parameters = of_type("KeyRevoked", run.source);
    if (run.source.workspace) parameters.emplace_back("workspace", *run.source.workspace);
    ExitCode failed = ExitCode::success;
    const ExitCode code = each_event(run, parameters, "events", [&](const JsonValue& event) {
        failed = add_revocation(run, writer, event);
        return failed == ExitCode::success;
    });
    return failed == ExitCode::success ? code : failed;
}

ExitCode run_access_log_report(ReportRun& run, ReportWriter& writer) {
    const std::string workspace = run.source.workspace.value_or("");
    return each_event(run, of_type("HistoryRead", run.source), "events", [&](const auto& event) {
        const std::optional<JsonValue> item = access_log_item(event, workspace);
        return !item || writer.add(*item);
    });
}

}  // namespace keyledger
