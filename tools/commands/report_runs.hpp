#pragma once
// Each report, from its questions to its items. What goes wrong is said, and returned as what the
// program ends with.

#include "tools/commands/api.hpp"
#include "tools/commands/report_source.hpp"
#include "tools/report/report_writer.hpp"
#include "tools/terminal/progress.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace keyledger {

// A report that has begun. `kind` and `writer` outlive it.
struct BegunReport {
    const ReportKind& kind;
    ReportWriter& writer;
};

// What all of them share. All of it outlives a run.
struct ReportRun {
    Api& api;
    const ReportSource& source;
    ProgressLine& progress;
    std::uint64_t done = 0;
    // A check does not hold, which the report says: it is whole all the same.
    bool has_findings = false;

    void show_progress(std::string_view things);
};

// inventory, dormant, over-age, no-expiry: any of them in one walk over all keys.
ExitCode run_key_reports(ReportRun& run, std::span<const BegunReport> reports);
ExitCode run_privileged_report(ReportRun& run, ReportWriter& writer);
ExitCode run_revocations_report(ReportRun& run, ReportWriter& writer);
ExitCode run_access_log_report(ReportRun& run, ReportWriter& writer);
// Ends with 6 where a check fails; its items say which.
ExitCode run_integrity_report(ReportRun& run, ReportWriter& writer);
// The same, of the proof of one key's history. Begins the report itself: `head` says what was
// proved. `bundle` is the proof as the server gave it.
ExitCode run_key_history_report(ReportRun& run, ReportWriter& writer, JsonValue head,
                                const std::string& key, std::string& bundle);

// The slugs of the workspaces that there were then, or of the one that was asked for.
ExitCode report_workspaces(ReportRun& run, std::vector<std::string>& slugs);

}  // namespace keyledger
