#include "tools/commands/doctor.hpp"

#include "tools/commands/api.hpp"
#include "tools/commands/doctor_checks.hpp"
#include "tools/terminal/table.hpp"
#include "tools/terminal/terminal.hpp"

#include <chrono>
#include <cstdlib>

namespace keyledger {

namespace {

using std::chrono::milliseconds;

// The value of a gauge without labels in a page of metrics.
std::optional<double> gauge_of(std::string_view page, const std::string& name) {
    const std::string line = "\n" + name + " ";
    const std::size_t at = page.find(line);
    if (at == page.npos) return std::nullopt;
    return std::strtod(std::string(page.substr(at + line.size(), 32)).c_str(), nullptr);
}

Finding look_at_readiness(HttpClient& client) {
    HttpCall call;
    call.target = "/readyz?verbose";
    const HttpAnswer answer = client.call(call);
    if (answer.status == 200) return {Health::ok, "server", "ready", {}};
    if (answer.status == 503) {
        return {Health::fail, "server", "not ready: " + answer.body,
                "its log says why; a quarantined ledger needs its right copy"};
    }
    return {Health::fail, "server", failure_lines(answer).front(),
            "start it, or give another --url (or --ca)"};
}

std::vector<Finding> look_at_server_clock(HttpClient& client) {
    std::vector<Finding> findings;
    HttpCall call;
    call.target = "/metrics";
    const auto before = std::chrono::system_clock::now();
    const HttpAnswer answer = client.call(call);
    const auto here = before + (std::chrono::system_clock::now() - before) / 2;
    // A date has whole seconds, cut: half of one is the best guess of the rest.
    if (const auto there = answer.date()) {
        const auto difference = *there + milliseconds(500) - here;
        findings.push_back(
            judge_clock("clock, server", std::chrono::duration_cast<milliseconds>(difference)));
    }
    if (const auto behind = gauge_of(answer.body, "keyledger_clock_behind_seconds")) {
        const auto length = milliseconds(static_cast<long long>(*behind * 1000));
        Finding finding = judge_clock("clock, ledger", length);
        if (finding.health != Health::ok) {
            finding.what = "the server's clock is " +
                           to_text(std::chrono::duration_cast<Duration>(length)) +
                           " behind its newest event";
        }
        findings.push_back(std::move(finding));
    }
    return findings;
}

void add(std::vector<Finding>& all, std::vector<Finding> more) {
    for (Finding& finding : more) all.push_back(std::move(finding));
}

}  // namespace

ExitCode run_doctor(const CommandLine& line, const Settings& settings) {
    const ApiAccess access = api_access(line);
    if (!access.problem.empty()) {
        print_error("keyledger doctor: " + access.problem);
        return access.exit_code;
    }
    std::vector<Finding> findings{look_at_file_limit(settings.limits.connections_max)};
    if (!settings.data.empty()) add(findings, look_at_directory(settings.data));
    add(findings, look_at_certificate(settings));
    if (settings.data.empty() || line.has("url") || std::getenv("KEYLEDGER_URL")) {
        HttpClient client(access.url, access.authority);
        findings.push_back(look_at_readiness(client));
        if (findings.back().health == Health::ok) add(findings, look_at_server_clock(client));
    }
    Table table;
    bool fails = false;
    for (const Finding& finding : findings) {
        fails = fails || finding.health == Health::fail;
        const std::string advice = finding.advice.empty() ? "" : "; " + finding.advice;
        table.rows.push_back(
            {std::string(to_text(finding.health)), finding.subject, finding.what + advice});
    }
    if (!print_all(table_text(table, 0))) return ExitCode::error;
    return fails ? ExitCode::error : ExitCode::success;
}

}  // namespace keyledger
