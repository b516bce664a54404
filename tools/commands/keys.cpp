// `keyledger keys ...`: one key at a time, and lists of them.

#include "tools/commands/client_commands.hpp"
#include "tools/commands/event_detail.hpp"
#include "tools/terminal/terminal.hpp"

#include <string>

namespace keyledger {

namespace {

constexpr Column key_columns[] = {
    {"ID", "id"},
    {"STATUS", "status"},
    {"ENVIRONMENT", "environment"},
    {"OWNER", "owner"},
    {"LAST USED", "lastUsedAt"},
    {"EXPIRES", "expiresAt"},
    {"SCOPES", "scopes"},
    {"NAME", "name"},
};
constexpr Column event_columns[] = {
    {"SEQ", "seq"},     {"TIME", "time"},     {"TYPE", "type"},
    {"ACTOR", "actor"}, {"REASON", "reason"}, {"DETAIL", "data", event_detail},
};

std::string path_of(const Api& api, const std::string& behind = {}) {
    return "/v1/keys/" + url_encoded(api.line().arguments.front()) + behind;
}

std::string list_path(const Api& api) {
    return "/v1/workspaces/" + url_encoded(*api.line().value("workspace")) + "/keys";
}

// What create and rotate answer: the key, and the one sight of its token.
std::string key_and_token(const JsonValue& value) {
    const JsonValue* const token = value.find("token");
    std::string out = table_text(details_of(*value.find("key")), terminal_columns());
    if (token->kind != JsonKind::string) {
        return out +
               "\nThis was done before: its token was shown then, and can't be shown again.\n";
    }
    return out + "\n" + token->text + "\n\nThis is its token. It is shown this once.\n";
}

ExitCode show_token(Api& api, const HttpCall& call) {
    if (api.prints_curl()) return api.print_curl(call);
    const Understood answer = api.understand(api.ask(call), {"key", "token"});
    if (!answer.value) return answer.exit_code;
    const JsonValue& token = *answer.value->find("token");
    // It goes from here into files, variables and terminals: nothing else may go as one.
    const bool is_token =
        token.kind == JsonKind::string && !token.text.empty() && may_be_token(token.text);
    if (!is_token && token.kind != JsonKind::null) {
        return api.fail("what the server gives as a token is none", ExitCode::error);
    }
    if (!api.line().has("quiet")) return api.show(*answer.value, key_and_token);
    if (!is_token) {
        return api.fail(
            "this was done before with the same Idempotency-Key; its token can't be "
            "shown again",
            ExitCode::conflict);
    }
    return print_all(token.text + "\n") ? ExitCode::success : ExitCode::error;
}

// A body that may be without any member but its remarks.
ExitCode act(Api& api, const std::string& action) {
    RequestBody body(api.line());
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    return api.show(api.call("POST", path_of(api, ":" + action), body.text()), {"id"});
}

void add_settings(RequestBody& body) {
    body.text("name", "name");
    body.text("owner", "owner");
    body.json("metadata", "metadata");
    body.time("expires-at", "expiresAt");
    body.limit("rate-limit", "rateLimit");
    body.limit("quota", "quota");
    body.words("allowed-ips", "allowedIps");
}

std::string usage_text(const JsonValue& usage) {
    constexpr Column columns[] = {
        {"FROM", "start"}, {"CHECKS", "total"}, {"COST", "cost"}, {"OUTCOMES", "outcomes"}};
    Table table{titles_of(columns), {}};
    for (const JsonValue& item : usage.find("items")->items) {
        table.rows.push_back(row_of(item, columns));
    }
    table.rows.push_back({"in all", cell_text(usage.find("total")), cell_text(usage.find("cost")),
                          cell_text(usage.find("outcomes"))});
    return "last used " + cell_text(usage.find("lastUsedAt")) + "\n\n" +
           table_text(table, terminal_columns());
}

}  // namespace

ExitCode create_key(Api& api) {
    RequestBody body(api.line());
    if (!api.line().has("file")) body.set("scopes", json_array({}));
    body.start_from_file();
    add_settings(body);
    body.text("environment", "environment");
    body.words("scopes", "scopes");
    body.resource("resource", "resource");
    body.time("not-before", "notBefore");
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    return show_token(api, api.call("POST", list_path(api), body.text()));
}

ExitCode list_keys(Api& api) {
    return api.list(list_path(api),
                    parameters_of(api.line(), {{"status", "status"},
                                               {"environment", "environment"},
                                               {"owner", "owner"},
                                               {"scope", "scope"},
                                               {"unused-since", "unusedSince"},
                                               {"expires-before", "expiresBefore"},
                                               {"rotated-before", "rotatedBefore"},
                                               {"search", "q"},
                                               {"as-of", "asOf"}}),
                    key_columns);
}

ExitCode get_key(Api& api) {
    const Parameters parameters = parameters_of(api.line(), {{"as-of", "asOf"}});
    return api.show(api.call("GET", path_of(api) + query_text(parameters)), {"id"});
}

ExitCode update_key(Api& api) {
    RequestBody body(api.line());
    body.start_from_file();
    add_settings(body);
    if (body.is_empty() && body.problem().empty()) {
        return api.fail("say what to change; `keyledger help keys update` lists it",
                        ExitCode::usage);
    }
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    return api.show(api.call("PATCH", path_of(api), body.text()), {"id"});
}

ExitCode set_key_scopes(Api& api) {
    RequestBody body(api.line());
    body.words("scopes", "scopes");
    body.truth("all", "all");
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    return api.show(api.call("PUT", path_of(api, "/scopes"), body.text()), {"id"});
}

ExitCode rotate_key(Api& api) {
    RequestBody body(api.line());
    body.text("grace", "grace");
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    return show_token(api, api.call("POST", path_of(api, ":rotate"), body.text()));
}

ExitCode suspend_key(Api& api) {
    return act(api, "suspend");
}

ExitCode resume_key(Api& api) {
    return act(api, "resume");
}

ExitCode list_key_events(Api& api) {
    Parameters parameters;
    if (api.line().has("uses")) parameters.emplace_back("uses", "true");
    return api.list(path_of(api, "/events"), parameters, event_columns);
}

ExitCode show_key_usage(Api& api) {
    const Parameters parameters =
        parameters_of(api.line(), {{"since", "since"}, {"until", "until"}, {"bucket", "bucket"}});
    const HttpCall call = api.call("GET", path_of(api, "/usage") + query_text(parameters));
    if (api.prints_curl()) return api.print_curl(call);
    const Understood usage = api.understand(api.ask(call), {"items", "total"});
    if (!usage.value) return usage.exit_code;
    if (!api.items_of(*usage.value)) return ExitCode::error;
    const ExitCode shown = api.show(*usage.value, usage_text);
    const JsonValue* const next = usage.value->find("nextCursor");
    if (next && next->kind == JsonKind::string) {
        api.fail("these are not all lines: give a later --since, or a longer --bucket", shown);
    }
    return shown;
}

}  // namespace keyledger
