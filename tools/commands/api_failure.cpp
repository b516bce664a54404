#include "tools/commands/api_failure.hpp"

#include "http/json_document.hpp"
#include "ledger/base/log_value.hpp"

namespace keyledger {

namespace {

std::string member_text(const JsonValue& value, std::string_view name) {
    const JsonValue* const member = value.find(name);
    return member && member->kind == JsonKind::string ? member->text : std::string();
}

// Where a fault is: in the body, a parameter or a header; empty for the body as a whole.
std::string place_of(const JsonValue& fault, const PlaceNames& names) {
    for (const std::string_view name : {"parameter", "header"}) {
        const std::string place = member_text(fault, name);
        if (!place.empty()) return (names ? names(place) : place) + ": ";
    }
    const std::string pointer = member_text(fault, "pointer");
    const std::string place = names ? names(pointer) : pointer;
    return place.empty() ? "" : place + ": ";
}

// "asOf" and "As-Of" -> "as-of".
std::string flag_name(std::string_view name) {
    std::string flag;
    for (const char character : name) {
        const bool is_upper = character >= 'A' && character <= 'Z';
        if (is_upper && !flag.empty() && flag.back() != '-') flag += '-';
        flag += is_upper ? static_cast<char>(character - 'A' + 'a') : character;
    }
    return flag;
}

std::string whole_line(const HttpAnswer& answer, const JsonValue& problem) {
    std::string line = member_text(problem, "detail");
    if (line.empty()) line = "the server answered " + std::to_string(answer.status);
    const std::string code = member_text(problem, "code");
    std::string remark = code;
    if (answer.status >= 500) {
        remark += (code.empty() ? "request " : ", request ") + member_text(problem, "requestId");
    }
    return remark.empty() ? line : line + " (" + remark + ")";
}

}  // namespace

std::string flag_at(const CommandLine& line, std::string_view place) {
    const bool is_pointer = place.starts_with('/');
    const std::string_view bare = is_pointer ? place.substr(1) : place;
    const std::string_view name = bare.substr(0, bare.find('/'));
    const std::string flag = name == "q" ? "search" : flag_name(name);
    if (!line.has(flag)) return std::string(place);
    return "--" + flag + (name == bare ? "" : " (" + std::string(place) + ")");
}

ExitCode exit_code_of(int status) {
    switch (status) {
        case 0:
        case 408:
        case 429:
        case 502:
        case 503:
        case 504:
            return ExitCode::unavailable;
        case 401:
        case 403:
            return ExitCode::not_authorised;
        case 404:
        case 410:
            return ExitCode::not_found;
        case 409:
        case 412:
        case 422:
            return ExitCode::conflict;
        default:
            return status / 100 == 2 ? ExitCode::success : ExitCode::error;
    }
}

std::vector<std::string> failure_lines(const HttpAnswer& answer, const PlaceNames& names) {
    if (answer.status == 0) return {escape_controls(answer.problem)};
    FaultList faults;
    const JsonValue problem = parse_json(answer.body, faults).value_or(JsonValue{});
    std::vector<std::string> lines;
    const JsonValue* const errors = problem.find("errors");
    if (errors && errors->kind == JsonKind::array) {
        for (const JsonValue& fault : errors->items) {
            lines.push_back(escape_controls(place_of(fault, names) + member_text(fault, "detail")));
        }
    }
    if (lines.empty()) lines.push_back(escape_controls(whole_line(answer, problem)));
    return lines;
}

}  // namespace keyledger
