// Reports that walk over keys (declared in report_runs.hpp).

#include "tools/commands/report_runs.hpp"
#include "tools/report/event_reports.hpp"
#include "tools/report/key_reports.hpp"

#include <algorithm>

namespace keyledger {

namespace {

std::optional<JsonValue> item_of(Report report, const JsonValue& key, const ReportSource& source) {
    switch (report) {
        case Report::inventory: return inventory_item(key, source.time);
        case Report::dormant: return dormant_item(key, source.unused_since, source.time);
        case Report::over_age: return over_age_item(key, source.rotated_before, source.time);
        case Report::no_expiry: return unending_item(key, source.time);
        case Report::privileged:
        case Report::revocations:
        case Report::access_log:
        case Report::integrity:
        case Report::key_history: break;
    }
    return std::nullopt;
}

std::string path_of(const std::string& workspace) {
    return "/v1/workspaces/" + url_encoded(workspace) + "/keys";
}

// Items of one question to GET /v1/access.
ExitCode add_access(ReportRun& run, ReportWriter& writer, const std::string& workspace,
                    const std::optional<std::string>& scope) {
    Parameters parameters{{"workspace", workspace}, {"asOf", run.source.as_of}};
    if (scope) parameters.emplace_back("scope", *scope);
    return run.api.pages("/v1/access", parameters, [&](const auto& items) {
        std::optional<ExitCode> end;
        for (const JsonValue& access : items) {
            const auto item = privileged_item(access, workspace, scope.has_value());
            if (item && !writer.add(*item)) end = ExitCode::error;
        }
        run.done += items.size();
        run.show_progress("scopes of keys");
        return end;
    });
}

}  // namespace

void ReportRun::show_progress(std::string_view things) {
    progress.show({.doing = "looked at", .done = done, .things = things});
}

ExitCode report_workspaces(ReportRun& run, std::vector<std::string>& slugs) {
    if (run.source.workspace) {
        slugs.push_back(*run.source.workspace);
        return ExitCode::success;
    }
    const Parameters as_of{{"asOf", run.source.as_of}};
    return run.api.pages("/v1/workspaces", as_of, [&](const auto& items) {
        for (const JsonValue& item : items) slugs.push_back(text_at(item, "slug"));
        return std::optional<ExitCode>();
    });
}

ExitCode run_key_reports(ReportRun& run, std::span<const BegunReport> reports) {
    std::vector<std::string> slugs;
    ExitCode code = report_workspaces(run, slugs);
    const Parameters as_of{{"asOf", run.source.as_of}};
    const auto take = [&](const std::vector<JsonValue>& keys) {
        std::optional<ExitCode> end;
        for (const JsonValue& key : keys) {
            for (const BegunReport& report : reports) {
                const auto item = item_of(report.kind.report, key, run.source);
                if (item && !report.writer.add(*item)) end = ExitCode::error;
            }
        }
        run.done += keys.size();
        run.show_progress("keys");
        return end;
    };
    for (const std::string& slug : slugs) {
        if (code == ExitCode::success) code = run.api.pages(path_of(slug), as_of, take);
    }
    return code;
}

ExitCode run_privileged_report(ReportRun& run, ReportWriter& writer) {
    std::vector<std::string> slugs;
    ExitCode code = report_workspaces(run, slugs);
    std::vector<std::optional<std::string>> questions(run.source.scopes.begin(),
                                                      run.source.scopes.end());
    if (questions.empty()) questions.emplace_back();
    for (const std::string& slug : slugs) {
        for (const auto& scope : questions) {
            if (code == ExitCode::success) code = add_access(run, writer, slug, scope);
        }
    }
    return code;
}

}  // namespace keyledger
