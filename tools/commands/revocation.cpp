#include "tools/commands/revocation.hpp"

#include "tools/read_file.hpp"
#include "tools/terminal/terminal.hpp"

#include <unistd.h>

#include <algorithm>

namespace keyledger {

namespace {

constexpr std::size_t list_file_bytes_max = 256u * 1024 * 1024;
constexpr std::size_t usage_asked_max = 1000;  // a question for each key; beyond, it is left out

std::string parts_key(const Api& api, std::size_t part) {
    const std::optional<std::string> key = api.line().value("idempotency-key");
    return part == 0 || !key ? std::string() : *key + "-" + std::to_string(part + 1);
}

}  // namespace

ListedLines read_lines(const std::string& file) {
    const FileText read = file == "-" ? read_descriptor(STDIN_FILENO, list_file_bytes_max)
                                      : read_file(file, list_file_bytes_max);
    if (!read.problem.empty()) return {{}, file + ": can't be read: " + read.problem};
    ListedLines result;
    constexpr std::string_view white = " \t\r";
    std::size_t number = 0;
    for (std::string_view rest = read.text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        line.remove_prefix(std::min(line.find_first_not_of(white), line.size()));
        line = line.substr(0, line.find_last_not_of(white) + 1);
        ++number;
        if (!line.empty()) result.lines.push_back({number, std::string(line)});
    }
    return result;
}

std::string counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::optional<ExitCode> refused_by_person(Api& api, const std::string& what) {
    if (api.line().has("yes") || api.prints_curl()) return std::nullopt;
    if (!can_ask()) {
        return api.fail("asks before it revokes, and there is no terminal: give --yes",
                        ExitCode::usage);
    }
    if (ask("Revoke " + what + "? This is for ever.")) return std::nullopt;
    return api.fail("nothing was revoked", ExitCode::error);
}

HttpCall part_of(const Api& api, std::size_t part, std::string target, std::string body) {
    HttpCall call = api.call("POST", std::move(target), std::move(body));
    for (HttpHeader& header : call.headers) {
        if (header.name == "Idempotency-Key" && part > 0) header.value = parts_key(api, part);
    }
    return call;
}

std::optional<JsonValue> Results::ask(const HttpCall& call, Promised promised,
                                      std::optional<ExitCode>& failed) {
    if (api_.prints_curl()) {
        const ExitCode printed = api_.print_curl(call);
        if (printed != ExitCode::success) failed = printed;
        return std::nullopt;
    }
    Understood answer = api_.understand(api_.ask(call), promised, names_);
    if (!answer.value) failed = answer.exit_code;
    return std::move(answer.value);
}

std::optional<ExitCode> Results::take_key(const HttpCall& call) {
    std::optional<ExitCode> failed;
    std::optional<JsonValue> key = ask(call, {"id", "status"}, failed);
    if (!key) return failed;
    if (key->find("status")->text != "revoked") {
        return api_.fail("the server's answer does not say that the key is revoked",
                         ExitCode::error);
    }
    items_.items.push_back(with_usage(std::move(*key)));
    return std::nullopt;
}

std::optional<ExitCode> Results::take_items(const HttpCall& call, std::string_view member,
                                            std::optional<std::size_t> count) {
    std::optional<ExitCode> failed;
    const std::optional<JsonValue> value = ask(call, {"items"}, failed);
    if (!value) return failed;
    const std::vector<JsonValue>* const items = api_.items_of(*value);
    if (!items) return ExitCode::error;
    const bool is_whole =
        std::all_of(items->begin(), items->end(),
                    [member](const JsonValue& item) { return item.find(member) != nullptr; });
    if (!is_whole || items->size() != count.value_or(items->size())) {
        return api_.fail("the server's answer does not say what came of each", ExitCode::error);
    }
    for (const JsonValue& item : *items) items_.items.push_back(with_usage(item));
    return std::nullopt;
}

// Where the answer does not tell when the key was used, and how often in the last 24 hours,
// that is asked for. The revocation stands whatever comes of it.
JsonValue Results::with_usage(JsonValue item) {
    const JsonValue* id = item.find("keyId");
    if (!id) id = item.find("id");
    const bool is_key = id && id->kind == JsonKind::string;
    if (item.find("usesLast24h") || !is_key || ++usage_asked_ > usage_asked_max) return item;
    HttpCall call;
    call.target = "/v1/keys/" + url_encoded(id->text) + "/usage?since=-24h&bucket=1m";
    const HttpAnswer answer = api_.ask(call);
    FaultList faults;
    const std::optional<JsonValue> usage = parse_json(answer.body, faults);
    if (answer.status != 200 || !usage) return item;
    JsonValue counts;
    counts.kind = JsonKind::object;
    counts.name = "usesLast24h";
    for (const JsonValue& member : usage->items) {
        const bool is_count = member.name == "total" || member.name == "cost";
        if (is_count || member.name == "outcomes") counts.items.push_back(member);
        if (member.name == "lastUsedAt" && !item.find(member.name)) item.items.push_back(member);
    }
    item.items.push_back(std::move(counts));
    return item;
}

ExitCode Results::show() const {
    if (api_.prints_curl()) return ExitCode::success;
    std::string out;
    switch (api_.list_format()) {
        case OutputFormat::json:
            out = indented_json(items_);
            break;
        case OutputFormat::ndjson:
            for (const JsonValue& item : items_.items) out += to_json(item) + "\n";
            break;
        case OutputFormat::table:
            out = table();
            break;
    }
    return print_all(out) ? ExitCode::success : ExitCode::error;
}

ExitCode Results::end(const std::string& what) const {
    const ExitCode shown = show();
    if (can_ask() && !api_.prints_curl()) {
        print_error(std::to_string(items_.items.size()) + " " + what);
    }
    return shown;
}

std::string Results::table() const {
    if (items_.items.empty()) return {};
    Table table{titles_of(columns_), {}};
    for (const JsonValue& item : items_.items) table.rows.push_back(row_of(item, columns_));
    return table_text(table, terminal_columns());
}

}  // namespace keyledger
