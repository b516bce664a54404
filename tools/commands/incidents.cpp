// `keyledger keys revoke` and `keyledger tokens revoke`: what must be quick and right at night.

#include "tools/client/curl.hpp"
#include "tools/commands/client_commands.hpp"
#include "tools/read_file.hpp"
#include "tools/terminal/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace keyledger {

namespace {

constexpr std::size_t ids_a_call_max = 10'000;
constexpr std::size_t tokens_a_call_max = 10'000;
constexpr std::size_t list_file_bytes_max = 256u * 1024 * 1024;
constexpr std::size_t usage_asked_max = 1000;  // a question for each key; beyond, it is left out

constexpr Column revoked_columns[] = {
    {"ID", "id"},         {"LAST USED", "lastUsedAt"}, {"USES IN 24 H", "usesLast24h.total"},
    {"STATUS", "status"}, {"OWNER", "owner"},          {"NAME", "name"},
};
constexpr Column token_columns[] = {
    {"RESULT", "result"},        {"KEY", "keyId"},
    {"LAST USED", "lastUsedAt"}, {"USES IN 24 H", "usesLast24h.total"},
    {"DIGEST", "digest"},
};

struct Lines {
    std::vector<std::string> lines;
    std::string problem;
};

// Lines without white space around them; empty ones are left out.
Lines read_lines(const std::string& file) {
    const FileText read = file == "-" ? read_descriptor(STDIN_FILENO, list_file_bytes_max)
                                      : read_file(file, list_file_bytes_max);
    if (!read.problem.empty()) return {{}, file + ": can't be read: " + read.problem};
    Lines result;
    constexpr std::string_view white = " \t\r";
    for (std::string_view rest = read.text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        line.remove_prefix(std::min(line.find_first_not_of(white), line.size()));
        line = line.substr(0, line.find_last_not_of(white) + 1);
        if (!line.empty()) result.lines.emplace_back(line);
    }
    return result;
}

// Nothing if it may go on.
std::optional<ExitCode> refused_by_person(Api& api, const std::string& what) {
    if (api.line().has("yes") || api.prints_curl()) return std::nullopt;
    if (!can_ask()) {
        return api.fail("asks before it revokes, and there is no terminal: give --yes",
                        ExitCode::usage);
    }
    if (ask("Revoke " + what + "? This is for ever.")) return std::nullopt;
    return api.fail("nothing was revoked", ExitCode::error);
}

std::string parts_key(const Api& api, std::size_t part) {
    const std::optional<std::string> key = api.line().value("idempotency-key");
    return part == 0 || !key ? std::string() : *key + "-" + std::to_string(part + 1);
}

// One of several calls of a command has an Idempotency-Key of its own.
HttpCall part_of(const Api& api, std::size_t part, std::string target, std::string body) {
    HttpCall call = api.call("POST", std::move(target), std::move(body));
    for (HttpHeader& header : call.headers) {
        if (header.name == "Idempotency-Key" && part > 0) header.value = parts_key(api, part);
    }
    return call;
}

// What all calls of a command brought, shown at their end or when one fails.
class Results {
public:
    Results(Api& api, std::span<const Column> columns) : api_(api), columns_(columns) {
        items_.kind = JsonKind::array;
    }

    // Returns something where it must not go on.
    std::optional<ExitCode> take(const HttpCall& call) {
        if (api_.prints_curl()) {
            const ExitCode printed = api_.print_curl(call);
            return printed == ExitCode::success ? std::nullopt : std::optional(printed);
        }
        const HttpAnswer answer = api_.ask(call);
        if (answer.status / 100 != 2) return api_.fail(answer);
        const std::optional<JsonValue> value = api_.json_of(answer);
        if (!value) return ExitCode::error;
        const JsonValue* const items = value->find("items");
        if (items) {
            for (const JsonValue& item : items->items) items_.items.push_back(with_usage(item));
        } else {
            items_.items.push_back(*value);
        }
        return std::nullopt;
    }

    // What was done before a call failed is shown all the same.
    ExitCode end_early(ExitCode failed) {
        if (!api_.prints_curl()) show();
        return failed;
    }

    ExitCode end(const std::string& what) {
        if (api_.prints_curl()) return ExitCode::success;
        const ExitCode shown = show();
        if (can_ask()) std::fprintf(stderr, "%zu %s\n", items_.items.size(), what.c_str());
        return shown;
    }

private:
    // Where the answer does not tell when the key was used, and how often in the last 24 hours,
    // that is asked for. The revocation stands whatever comes of it.
    JsonValue with_usage(JsonValue item) {
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
            if (member.name == "lastUsedAt" && !item.find(member.name))
                item.items.push_back(member);
        }
        item.items.push_back(std::move(counts));
        return item;
    }

    ExitCode show() {
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

    std::string table() const {
        if (items_.items.empty()) return {};
        Table table{titles_of(columns_), {}};
        for (const JsonValue& item : items_.items) table.rows.push_back(row_of(item, columns_));
        return table_text(table, terminal_columns());
    }

    Api& api_;
    std::span<const Column> columns_;
    JsonValue items_;
    std::size_t usage_asked_ = 0;
};

std::string counted(std::size_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string bulk_path(const Api& api) {
    return "/v1/workspaces/" + url_encoded(*api.line().value("workspace")) + "/keys:revoke";
}

ExitCode revoke_of_owner(Api& api) {
    const std::string owner = *api.line().value("owner");
    RequestBody body(api.line());
    body.set("owner", json_text(owner));
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    const std::string what = "all keys of " + owner + " in " + *api.line().value("workspace");
    if (const auto refused = refused_by_person(api, what)) return *refused;
    Results results(api, revoked_columns);
    if (const auto failed = results.take(part_of(api, 0, bulk_path(api), body.text()))) {
        return results.end_early(*failed);
    }
    return results.end("revoked");
}

// One entry in the ledger for each call.
ExitCode revoke_in_workspace(Api& api, const std::vector<std::string>& ids) {
    Results results(api, revoked_columns);
    for (std::size_t begin = 0; begin < ids.size(); begin += ids_a_call_max) {
        const std::size_t end = std::min(begin + ids_a_call_max, ids.size());
        RequestBody body(api.line());
        body.set("ids", json_array({ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                    ids.begin() + static_cast<std::ptrdiff_t>(end)}));
        body.remarks();
        if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
        const HttpCall call = part_of(api, begin / ids_a_call_max, bulk_path(api), body.text());
        if (const auto failed = results.take(call)) return results.end_early(*failed);
    }
    return results.end("revoked");
}

// A call for each key. One that fails does not keep the others from their end.
ExitCode revoke_each(Api& api, const std::vector<std::string>& ids) {
    RequestBody body(api.line());
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    ExitCode worst = ExitCode::success;
    Results results(api, revoked_columns);
    for (std::size_t part = 0; part < ids.size(); ++part) {
        const std::string target = "/v1/keys/" + url_encoded(ids[part]) + ":revoke";
        if (const auto failed = results.take(part_of(api, part, target, body.text()))) {
            worst = api.fail(ids[part] + " was not revoked", *failed);
        }
    }
    const ExitCode shown = results.end("revoked");
    return worst == ExitCode::success ? shown : worst;
}

std::string fault_of_revoke(const CommandLine& line) {
    const int ways = (line.has("owner") ? 1 : 0) + (line.has("ids-file") ? 1 : 0) +
                     (line.arguments.empty() ? 0 : 1);
    if (ways != 1) return "say which: key ids, --ids-file FILE, or --owner TEXT";
    const bool needs_workspace = line.has("owner") || line.has("ids-file");
    if (needs_workspace && !line.has("workspace")) return "--workspace is missing";
    const bool bulk = line.has("workspace") || line.arguments.size() > 1;
    if (line.has("if-match") && bulk) return "--if-match is for one key, without --workspace";
    return {};
}

// Tokens as they are, or the digests among the lines, in calls of at most so many.
std::optional<ExitCode> revoke_listed(Api& api, Results& results, std::size_t& part,
                                      const char* member, const std::vector<std::string>& lines) {
    for (std::size_t begin = 0; begin < lines.size(); begin += tokens_a_call_max) {
        const std::size_t end = std::min(begin + tokens_a_call_max, lines.size());
        RequestBody body(api.line());
        body.set(member, json_array({lines.begin() + static_cast<std::ptrdiff_t>(begin),
                                     lines.begin() + static_cast<std::ptrdiff_t>(end)}));
        body.remarks();
        if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
        const HttpCall call = part_of(api, part++, "/v1/tokens:revoke", body.text());
        if (const auto failed = results.take(call)) return *failed;
    }
    return std::nullopt;
}

}  // namespace

ExitCode revoke_keys(Api& api) {
    const CommandLine& line = api.line();
    const std::string fault = fault_of_revoke(line);
    if (!fault.empty()) return api.fail(fault, ExitCode::usage);
    if (line.has("owner")) return revoke_of_owner(api);
    Lines ids{line.arguments, {}};
    if (const auto file = line.value("ids-file")) ids = read_lines(*file);
    if (!ids.problem.empty()) return api.fail(ids.problem, ExitCode::error);
    if (ids.lines.empty()) return api.fail("there are no ids in the file", ExitCode::usage);
    const std::string what =
        ids.lines.size() == 1 ? ids.lines.front() : counted(ids.lines.size(), "key", "keys");
    if (const auto refused = refused_by_person(api, what)) return *refused;
    return line.has("workspace") ? revoke_in_workspace(api, ids.lines)
                                 : revoke_each(api, ids.lines);
}

ExitCode revoke_tokens(Api& api) {
    Lines lines{{std::string(token_placeholder)}, {}};
    if (!api.prints_curl()) lines = read_lines(api.line().value("file").value_or("-"));
    if (!lines.problem.empty()) return api.fail(lines.problem, ExitCode::error);
    if (lines.lines.empty()) return api.fail("there are no tokens to revoke", ExitCode::usage);
    const std::string what =
        "the keys of " + counted(lines.lines.size(), "token or digest", "tokens and digests");
    if (const auto refused = refused_by_person(api, what)) return *refused;
    std::vector<std::string> digests;
    std::vector<std::string> tokens;
    for (std::string& line : lines.lines) {
        (line.starts_with("sha256:") ? digests : tokens).push_back(std::move(line));
    }
    Results results(api, token_columns);
    std::size_t part = 0;
    std::optional<ExitCode> failed = revoke_listed(api, results, part, "digests", digests);
    if (!failed) failed = revoke_listed(api, results, part, "tokens", tokens);
    if (failed) return results.end_early(*failed);
    return results.end("looked at");
}

}  // namespace keyledger
