// `keyledger verify`, `access` and `explain`: may it, who could, and why not.

#include "ledger/rules/secret.hpp"
#include "tools/client/curl.hpp"
#include "tools/commands/client_commands.hpp"
#include "tools/read_file.hpp"
#include "tools/terminal/terminal.hpp"

#include <unistd.h>

#include <algorithm>

namespace keyledger {

namespace {

constexpr std::size_t token_file_bytes_max = 4096;

constexpr Column access_columns[] = {
    {"KEY", "keyId"}, {"SINCE SEQ", "sinceSeq"}, {"SINCE", "since"},
    {"BY", "actor"},  {"SCOPE", "scope"},        {"OWNER", "owner"}};

// The token to check, or what is wrong with where it comes from.
struct TokenRead {
    std::string text, problem;
};

TokenRead read_token(const Api& api) {
    if (api.prints_curl()) return {std::string(token_placeholder), {}};
    const std::string file = api.line().value("file").value_or("-");
    if (file == "-" && is_terminal(STDIN_FILENO)) {
        return {{}, "the token to check comes from --file or standard input"};
    }
    FileText read = file == "-" ? read_descriptor(STDIN_FILENO, token_file_bytes_max)
                                : read_file(file, token_file_bytes_max);
    if (!read.problem.empty()) return {{}, "--file: can't be read: " + read.problem};
    while (!read.text.empty() && (read.text.back() == '\n' || read.text.back() == '\r')) {
        read.text.pop_back();
    }
    return {std::move(read.text), {}};
}

// Rates are counted in memory alone: where there is a limit, the ledger can't tell how a check
// would come out. Other rules are `not_asked` since the question names nothing for them.
std::string what_is_not_known(const JsonValue* rules) {
    if (!rules) return {};
    for (const JsonValue& rule : rules->items) {
        const bool is_rate = cell_text(rule.find("rule")) == "rate_limited";
        if (!is_rate || cell_text(rule.find("result")) != "not_asked") continue;
        return ", as far as the ledger can tell (rate_limited is not known)";
    }
    return {};
}

std::string explanation_text(const JsonValue& value) {
    constexpr Column columns[] = {{"RULE", "rule"},       {"RESULT", "result"},
                                  {"SEQ", "event.seq"},   {"EVENT", "event.type"},
                                  {"TIME", "event.time"}, {"REASON", "event.reason"},
                                  {"DETAIL", "detail"}};
    Table table{titles_of(columns), {}};
    const JsonValue* const rules = value.find("rules");
    if (rules) {
        for (const JsonValue& rule : rules->items) table.rows.push_back(row_of(rule, columns));
    }
    const JsonValue* const decided = value.find("decidedBy");
    const std::string code = cell_text(value.find("code"));
    std::string out =
        cell_text(value.find("keyId")) + " at " + cell_text(value.find("at")) + ": " + code;
    const bool is_said = !decided || decided->kind != JsonKind::string || decided->text == code;
    if (!is_said) out += ", decided by " + cell_text(decided);
    if (code == "valid") out += what_is_not_known(rules);
    return out + "\n\n" + table_text(table, 0);
}

// "Nobody" is true of a scope that was mistyped too. Says nothing where the caller may not look.
void say_if_not_in_catalogue(Api& api) {
    const std::string scope = *api.line().value("scope");
    const std::string workspace = *api.line().value("workspace");
    HttpCall call;
    call.target = "/v1/workspaces/" + url_encoded(workspace);
    const HttpAnswer answer = api.ask(call);
    FaultList faults;
    const JsonValue document = parse_json(answer.body, faults).value_or(JsonValue{});
    const JsonValue* const catalogue = document.find("scopes");
    const bool is_closed = answer.status == 200 && catalogue && !catalogue->items.empty();
    if (!is_closed || scope.find('*') != scope.npos) return;
    const auto is_it = [&scope](const JsonValue& item) {
        return cell_text(item.find("name")) == scope;
    };
    if (std::any_of(catalogue->items.begin(), catalogue->items.end(), is_it)) return;
    api.fail("the catalogue of " + workspace + " has no scope " + scope, ExitCode::success);
}

}  // namespace

ExitCode verify_token(Api& api) {
    const TokenRead token = read_token(api);
    if (!token.problem.empty()) return api.fail(token.problem, ExitCode::usage);
    RequestBody body(api.line());
    body.set("token", json_text(token.text));
    body.text("workspace", "workspace");
    body.text("environment", "environment");
    if (api.line().has("scopes")) body.words("scopes", "scopes");
    body.resource("resource", "resource");
    body.text("ip", "ip");
    body.number("cost", "cost");
    body.truth("durable", "durable");
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    if (!is_utf8(token.text)) return api.fail("the token is not UTF-8", ExitCode::error);
    const HttpCall call = api.call("POST", "/v1/verify", body.text());
    if (api.prints_curl()) return api.print_curl(call);
    const Understood verdict = api.understand(api.ask(call), {"valid", "code"});
    if (!verdict.value) return verdict.exit_code;
    const ExitCode shown = api.show(*verdict.value);
    const bool is_valid = verdict.value->find("valid")->truth;
    return is_valid || shown != ExitCode::success ? shown : ExitCode::not_authorised;
}

ExitCode list_access(Api& api) {
    const ExitCode listed = api.list("/v1/access",
                                     parameters_of(api.line(), {{"workspace", "workspace"},
                                                                {"scope", "scope"},
                                                                {"resource", "resource"},
                                                                {"as-of", "asOf"}}),
                                     access_columns);
    if (listed == ExitCode::success && !api.prints_curl()) say_if_not_in_catalogue(api);
    return listed;
}

ExitCode explain_key(Api& api) {
    const Parameters parameters = parameters_of(api.line(), {{"at", "at"},
                                                             {"secret", "secret"},
                                                             {"scopes", "scopes"},
                                                             {"resource", "resource"},
                                                             {"environment", "environment"},
                                                             {"workspace", "workspace"},
                                                             {"ip", "ip"}});
    const std::string path =
        "/v1/keys/" + url_encoded(api.line().arguments.front()) + "/explanation";
    return api.show(api.call("GET", path + query_text(parameters)), {"keyId", "code", "rules"},
                    explanation_text);
}

}  // namespace keyledger
