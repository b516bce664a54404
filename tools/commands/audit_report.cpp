// `keyledger audit report`: which reports, of what, and where to.

#include "ledger/base/bytes.hpp"
#include "tools/commands/audit.hpp"
#include "tools/commands/report_output.hpp"
#include "tools/commands/report_runs.hpp"
#include "tools/terminal/terminal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>

namespace keyledger {

namespace {

constexpr std::string_view all_name = "all";

// A flag that is of some reports alone.
struct FlagOf {
    const char* flag;
    std::array<std::string_view, 2> reports;
};
constexpr FlagOf flags_of_some[] = {
    {"since", {"revocations", "access-log"}}, {"until", {"revocations", "access-log"}},
    {"unused-since", {"dormant", ""}},        {"rotated-before", {"over-age", ""}},
    {"scope", {"privileged", ""}},            {"checkpoint", {"integrity", ""}},
    {"witness", {"integrity", ""}},
};

// What is asked for, or what makes no sense about it.
struct Asked {
    std::vector<const ReportKind*> kinds;
    std::string key;  // of key_history
    ReportForm form = ReportForm::json;
    std::string problem;
};

Asked refused(std::string problem) {
    Asked asked;
    asked.problem = std::move(problem);
    return asked;
}

std::string names_of_reports() {
    std::string names;
    for (const ReportKind& kind : report_kinds()) names += std::string(kind.name) + ", ";
    return names + "or " + std::string(all_name);
}

Asked read_asked(const CommandLine& line) {
    const std::string& name = line.arguments.front();
    const bool is_all = name == all_name;
    const ReportKind* const one = find_report(name);
    if (!one && !is_all) return refused("no such report: it is one of " + names_of_reports());
    Asked asked;
    for (const ReportKind& kind : report_kinds()) {
        const bool is_wanted = is_all ? kind.report != Report::key_history : &kind == one;
        if (is_wanted) asked.kinds.push_back(&kind);
    }
    const bool is_of_key = one && one->report == Report::key_history;
    if (is_of_key != (line.arguments.size() == 2)) {
        return refused(is_of_key ? "name the key: audit report key KEY"
                                 : "only `key` is of one KEY");
    }
    if (is_of_key) asked.key = line.arguments.back();
    if (is_all && !line.has("to")) return refused("`all` makes files: name --to DIR");
    for (const auto& [flag, reports] : flags_of_some) {
        const bool is_its = std::ranges::find(reports, name) != reports.end();
        if (!line.has(flag) || is_all || is_its) continue;
        return refused("--" + std::string(flag) + ": is not for " + name);
    }
    const bool on_terminal = is_terminal(STDOUT_FILENO) && !line.has("to");
    const auto form = line.value("output");
    asked.form = form ? parse_report_form(*form).value_or(ReportForm::json)
                      : (on_terminal ? ReportForm::table : ReportForm::json);
    return asked;
}

// A report, where it goes, and what writes it.
struct Going {
    Going(const ReportKind& of, ReportForm form, const std::optional<std::string>& directory)
        : kind(of), file(std::string(of.name) + "." + std::string(extension_of(form))) {
        if (directory) output = std::make_unique<ReportOutput>(*directory + "/" + file);
        if (!directory) output = std::make_unique<ReportOutput>();
        const std::size_t width = directory ? 0 : terminal_columns();
        writer = std::make_unique<ReportWriter>(
            form, of.columns, width,
            [this](std::string_view text) { return output->write(text); });
    }
    Going(const Going&) = delete;
    Going& operator=(const Going&) = delete;

    const ReportKind& kind;
    std::string file;
    std::unique_ptr<ReportOutput> output;
    std::unique_ptr<ReportWriter> writer;
};

// Files that are beside the reports, and all of them in an index.
class Directory {
public:
    Directory(Api& api, const ReportSource& source, std::string path)
        : api_(api), source_(source), path_(std::move(path)) {}

    void add(const Going& going) {
        note(going.file, going.kind.title, *going.output, going.writer->count());
    }

    bool add_file(const std::string& name, std::string_view title, std::string_view bytes) {
        ReportOutput output(path_ + "/" + name);
        if (!output.write(bytes) || !output.finish()) return false;
        note(name, title, output, std::nullopt);
        return true;
    }

    // Written last: without it, the directory is unfinished.
    bool write_index() {
        constexpr ReportKind index{Report::inventory, "index", "The files of these reports", {}};
        JsonValue document = json_object();
        add_member(document, "report", report_head(api_, source_, index));
        add_member(document, "files", std::move(files_));
        ReportOutput sums(path_ + "/SHA256SUMS");
        ReportOutput output(path_ + "/index.json");
        return sums.write(sums_) && sums.finish() && output.write(indented_json(document)) &&
               output.finish();
    }

private:
    void note(const std::string& file, std::string_view title, const ReportOutput& output,
              const std::optional<std::uint64_t>& items) {
        JsonValue entry = json_object();
        add_member(entry, "file", json_text(file));
        add_member(entry, "title", json_text(std::string(title)));
        add_member(entry, "items", items ? json_number(*items) : JsonValue{});
        add_member(entry, "bytes", json_number(output.bytes()));
        add_member(entry, "sha256", json_text(output.sha256()));
        files_.kind = JsonKind::array;
        files_.items.push_back(std::move(entry));
        sums_ += output.sha256() + "  " + file + "\n";
    }

    Api& api_;
    const ReportSource& source_;
    std::string path_;
    JsonValue files_;
    std::string sums_;  // as `sha256sum --check` reads it
};

class Reporting {
public:
    Reporting(Api& api, Asked asked, ReportSource source)
        : api_(api), asked_(std::move(asked)), source_(std::move(source)) {}

    ExitCode run() {
        if (const auto to = api_.line().value("to"); to && ::mkdir(to->c_str(), 0700) != 0) {
            const bool exists = errno == EEXIST;
            return api_.fail("--to: " + *to + ": " + std::strerror(errno),
                             exists ? ExitCode::conflict : ExitCode::error);
        }
        for (const ReportKind* kind : asked_.kinds) {
            going_.emplace_back(*kind, asked_.form, api_.line().value("to"));
        }
        ReportRun run{.api = api_, .source = source_, .progress = progress_};
        ExitCode code = run_all(run);
        progress_.clear();
        const bool is_whole = code == ExitCode::success || run.has_findings;
        if (is_whole && !finish()) code = ExitCode::error;
        if (!is_whole && api_.line().has("to")) {
            api_.fail(*api_.line().value("to") + " is unfinished, and has no index.json", code);
        }
        return code;
    }

private:
    ExitCode run_all(ReportRun& run) {
        std::vector<BegunReport> of_keys;
        for (Going& going : going_) {
            const Report report = going.kind.report;
            if (report == Report::key_history) return run_of_key(run, going);
            if (!going.writer->begin(report_head(api_, source_, going.kind))) {
                return ExitCode::error;
            }
            if (report <= Report::no_expiry) of_keys.push_back({going.kind, *going.writer});
        }
        ExitCode code = of_keys.empty() ? ExitCode::success : run_key_reports(run, of_keys);
        for (Going& going : going_) {
            if (code == ExitCode::success) code = run_one(run, going);
        }
        return code;
    }

    static ExitCode run_one(ReportRun& run, Going& going) {
        run.done = 0;
        switch (going.kind.report) {
            case Report::privileged: return run_privileged_report(run, *going.writer);
            case Report::revocations: return run_revocations_report(run, *going.writer);
            case Report::access_log: return run_access_log_report(run, *going.writer);
            case Report::integrity: return run_integrity_report(run, *going.writer);
            case Report::inventory:
            case Report::dormant:
            case Report::over_age:
            case Report::no_expiry:
            case Report::key_history: break;
        }
        return ExitCode::success;
    }

    ExitCode run_of_key(ReportRun& run, Going& going) {
        JsonValue head = report_head(api_, source_, going.kind);
        return run_key_history_report(run, *going.writer, std::move(head), asked_.key, bundle_);
    }

    bool finish() {
        for (Going& going : going_) {
            if (!going.writer->end() || !going.output->finish()) return false;
        }
        const auto to = api_.line().value("to");
        if (!to) return true;
        Directory directory(api_, source_, *to);
        for (const Going& going : going_) directory.add(going);
        std::string keys;
        for (const VerifierKey& key : source_.keys) keys += to_text(key) + "\n";
        return directory.add_file("checkpoint", "What the log has signed", source_.note) &&
               directory.add_file("key", "The log's verifier keys", keys) &&
               (bundle_.empty() ||
                directory.add_file("proof.json", "The proof of the key's history", bundle_)) &&
               directory.write_index();
    }

    Api& api_;
    Asked asked_;
    ReportSource source_;
    ProgressLine progress_;
    std::deque<Going> going_;
    std::string bundle_;
};

ExitCode report(Api& api) {
    Asked asked = read_asked(api.line());
    if (!asked.problem.empty()) return api.fail(asked.problem, ExitCode::usage);
    OpenedSource opened = open_report_source(api);
    if (!opened.source) return opened.exit_code;
    return Reporting(api, std::move(asked), std::move(*opened.source)).run();
}

}  // namespace

ExitCode run_audit_report(const CommandLine& line) {
    return with_api(line, report);
}

}  // namespace keyledger
