#include "tools/commands/api.hpp"

#include "ledger/rules/secret.hpp"
#include "tools/read_file.hpp"
#include "tools/terminal/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string>

namespace keyledger {

namespace {

constexpr std::size_t token_file_bytes_max = 4096;
constexpr int attempts_max = 8;
constexpr const char* not_ours = ": is this keyledger's address?";
constexpr std::chrono::seconds first_wait{1}, longest_wait{15};

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value ? value : "";
}

std::string trimmed(std::string text) {
    constexpr std::string_view white = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(white), text.size());
    text.erase(0, begin);
    text.erase(text.find_last_not_of(white) + 1);
    return text;
}

// Never repeats what it read.
void read_token(const CommandLine& line, ApiAccess& access) {
    const std::optional<std::string> file = line.value("token-file");
    std::string place = "KEYLEDGER_TOKEN";
    access.token = environment("KEYLEDGER_TOKEN");
    if (file) {
        place = "--token-file";
        FileText read = *file == "-" ? read_descriptor(STDIN_FILENO, token_file_bytes_max)
                                     : read_file(*file, token_file_bytes_max);
        if (!read.problem.empty()) {
            access.problem = "--token-file: can't be read: " + read.problem;
            access.exit_code = ExitCode::error;
        }
        access.token = std::move(read.text);
    }
    access.token = trimmed(std::move(access.token));
    if (!may_be_token(access.token) && access.problem.empty()) {
        access.problem = place + ": is not a token";
    }
}

std::chrono::milliseconds wait_after(const HttpAnswer& answer, int attempt) {
    std::chrono::seconds wait = first_wait * (1 << std::min(attempt, 4));
    const std::string_view text = answer.header("Retry-After");
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (!text.empty() && error == std::errc() && seconds >= 0) wait = std::chrono::seconds(seconds);
    return std::min(wait, longest_wait);
}

}  // namespace

bool may_be_token(std::string_view text) {
    return text.size() <= token_bytes_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

ApiAccess api_access(const CommandLine& line) {
    ApiAccess access;
    std::string url = line.value("url").value_or(environment("KEYLEDGER_URL"));
    if (url.empty()) url = default_server_url;
    const std::optional<ServerUrl> parsed = parse_server_url(url);
    if (parsed) {
        access.url = *parsed;
    } else {
        access.problem = std::string(line.has("url") ? "--url" : "KEYLEDGER_URL") +
                         ": must be http://HOST[:PORT], https://HOST[:PORT] or unix:/PATH";
    }
    access.authority = line.value("ca").value_or(environment("KEYLEDGER_CA"));
    read_token(line, access);
    const std::string format = line.value("output").value_or("json");
    const bool has_csv = line.command == Command::audit_report;
    const bool is_csv = has_csv && format == "csv";
    if (!is_csv && format != "json" && format != "ndjson" && format != "table") {
        access.problem = "--output: must be json, ndjson" + std::string(has_csv ? ", csv" : "") +
                         " or table";
    }
    return access;
}

Api::Api(const CommandLine& line, ApiAccess access)
    : line_(line),
      authority_(access.authority),
      token_(std::move(access.token)),
      client_(std::move(access.url), std::move(access.authority)) {}

OutputFormat Api::format(OutputFormat elsewhere) const {
    const std::optional<std::string> asked = line_.value("output");
    if (!asked) return is_terminal(STDOUT_FILENO) ? OutputFormat::table : elsewhere;
    if (*asked == "table") return OutputFormat::table;
    return *asked == "json" ? OutputFormat::json : OutputFormat::ndjson;
}

HttpCall Api::call(std::string method, std::string target, std::string body) const {
    HttpCall call{std::move(method), std::move(target), {}, std::move(body)};
    if (!call.body.empty()) call.headers.push_back({"Content-Type", "application/json"});
    if (const auto key = line_.value("idempotency-key")) {
        call.headers.push_back({"Idempotency-Key", *key});
    }
    if (const auto revision = line_.value("if-match")) {
        const bool quoted = revision->starts_with('"');
        call.headers.push_back({"If-Match", quoted ? *revision : "\"" + *revision + "\""});
    }
    return call;
}

HttpCall Api::signed_call(HttpCall call) const {
    if (!token_.empty()) call.headers.push_back({"Authorization", "Bearer " + token_});
    return call;
}

HttpAnswer Api::ask(const HttpCall& call) {
    return client_.call(signed_call(call));
}

HttpAnswer Api::stream(HttpCall call, const HttpClient::Take& take) {
    return client_.stream(signed_call(std::move(call)), take);
}

HttpAnswer Api::ask_patiently(const HttpCall& call) {
    HttpAnswer answer = ask(call);
    for (int attempt = 0; attempt + 1 < attempts_max; ++attempt) {
        const bool may_pass = answer.status == 0 || answer.status == 429 || answer.status == 503;
        if (!may_pass || answer.interrupted) break;
        client_.pause(wait_after(answer, attempt));
        answer = ask(call);
    }
    return answer;
}

CurlCall Api::curl_call(const HttpCall& call) const {
    return {.url = client_.url(),
            .call = call,
            .has_token = !token_.empty(),
            .authority = authority_,
            .body_file = {},
            .before = {}};
}

ExitCode Api::print_curl(const HttpCall& call, std::string_view before_pipe) const {
    CurlCall shown = curl_call(call);
    shown.before = before_pipe;
    if (!before_pipe.empty()) shown.body_file = "-";
    return print_all(curl_text(shown)) ? ExitCode::success : ExitCode::error;
}

ExitCode Api::print_curl_stream(const HttpCall& call) const {
    CurlCall shown = curl_call(call);
    shown.streams = true;
    return print_all(curl_text(shown)) ? ExitCode::success : ExitCode::error;
}

ExitCode Api::show(const JsonValue& value, const Details& details) const {
    std::string out;
    switch (one_format()) {
        case OutputFormat::table:
            out = details ? details(value) : table_text(details_of(value), terminal_columns());
            break;
        case OutputFormat::json:
            out = indented_json(value);
            break;
        case OutputFormat::ndjson:
            out = to_json(value) + "\n";
            break;
    }
    return print_all(out) ? ExitCode::success : ExitCode::error;
}

ExitCode Api::show(const HttpCall& call, Promised promised, const Details& details) {
    if (prints_curl()) return print_curl(call);
    const Understood answer = understand(ask(call), promised);
    return answer.value ? show(*answer.value, details) : answer.exit_code;
}

Understood Api::understand(const HttpAnswer& answer, Promised promised,
                           const PlaceNames& names) const {
    if (answer.status / 100 != 2) return {{}, fail(answer, names)};
    const auto refuse = [this](const std::string& what) -> Understood {
        return {{}, fail("the server's answer " + what + not_ours, ExitCode::error)};
    };
    if (answer.body.empty()) return refuse("is empty (" + std::to_string(answer.status) + ")");
    FaultList faults;
    std::optional<JsonValue> value = parse_json(answer.body, faults);
    if (!value) return refuse("is not JSON");
    if (value->kind != JsonKind::object) return refuse("is not a JSON object");
    for (const std::string_view member : promised) {
        if (!value->find(member)) return refuse("has no `" + std::string(member) + "`");
    }
    return {std::move(value), ExitCode::success};
}

const std::vector<JsonValue>* Api::items_of(const JsonValue& page) const {
    const JsonValue* const items = page.find("items");
    const auto is_object = [](const JsonValue& item) { return item.kind == JsonKind::object; };
    const bool is_list = items && items->kind == JsonKind::array &&
                         std::all_of(items->items.begin(), items->items.end(), is_object);
    if (is_list) return &items->items;
    fail("the server's answer is no list" + std::string(not_ours), ExitCode::error);
    return nullptr;
}

ExitCode Api::fail(const std::string& problem, ExitCode exit_code) const {
    print_error("keyledger " + std::string(row_of(line_.command).words) + ": " + problem);
    return exit_code;
}

ExitCode Api::fail(const HttpAnswer& answer, const PlaceNames& names) const {
    std::size_t places = 0, of_flags = 0;
    const PlaceNames named = [&](std::string_view place) {
        ++places;
        if (names) return names(place);
        const std::string flag = flag_at(line_, place);
        of_flags += flag.starts_with("--") ? 1 : 0;
        return flag;
    };
    const std::vector<std::string> lines = failure_lines(answer, named);
    // What is wrong about flags alone is wrong on the command line, whoever finds it.
    const bool is_usage = answer.status == 400 && places > 0 && places == of_flags;
    const ExitCode exit_code = is_usage ? ExitCode::usage : exit_code_of(answer.status);
    for (const std::string& line : lines) fail(line, exit_code);
    if (answer.status == 401 && token_.empty()) {
        fail("KEYLEDGER_TOKEN is not set, and no --token-file given", exit_code);
    }
    return exit_code;
}

Parameters parameters_of(const CommandLine& line,
                         std::initializer_list<std::pair<const char*, const char*>> flags) {
    Parameters parameters;
    for (const auto& [flag, name] : flags) {
        if (const auto value = line.value(flag)) parameters.emplace_back(name, *value);
    }
    return parameters;
}

ExitCode with_api(const CommandLine& line, ExitCode (*command)(Api&)) {
    ApiAccess access = api_access(line);
    if (!access.problem.empty()) {
        print_error("keyledger " + std::string(row_of(line.command).words) + ": " + access.problem);
        return access.exit_code;
    }
    Api api(line, std::move(access));
    return command(api);
}

}  // namespace keyledger
