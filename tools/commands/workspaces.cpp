// `keyledger workspaces ...`.

#include "tools/commands/client_commands.hpp"

namespace keyledger {

namespace {

constexpr Column workspace_columns[] = {
    {"SLUG", "slug"},         {"PREFIX", "prefix"}, {"REVISION", "revision"},
    {"CREATED", "createdAt"}, {"NAME", "name"},
};

std::string path_of(const Api& api) {
    return "/v1/workspaces/" + url_encoded(api.line().arguments.front());
}

// --environment NAME[:TAG], each a member of the document; a tag is the name if it is not given.
void add_environments(const CommandLine& line, RequestBody& body) {
    const auto found = line.flags.find("environment");
    if (found == line.flags.end()) return;
    JsonValue environments;
    environments.kind = JsonKind::array;
    for (const std::string& given : found->second) {
        const std::size_t colon = given.find(':');
        const std::string name = given.substr(0, colon);
        JsonValue entry;
        entry.kind = JsonKind::object;
        entry.items = {json_text(name),
                       json_text(colon == std::string::npos ? name : given.substr(colon + 1))};
        entry.items[0].name = "name";
        entry.items[1].name = "tag";
        environments.items.push_back(std::move(entry));
    }
    body.set("environments", std::move(environments));
}

void add_catalogue(const CommandLine& line, RequestBody& body) {
    const std::optional<std::string> given = line.value("scopes");
    if (!given) return;
    JsonValue scopes;
    scopes.kind = JsonKind::array;
    for (const std::string& name : listed(*given)) {
        JsonValue entry;
        entry.kind = JsonKind::object;
        entry.items = {json_text(name)};
        entry.items[0].name = "name";
        scopes.items.push_back(std::move(entry));
    }
    body.set("scopes", std::move(scopes));
}

}  // namespace

ExitCode create_workspace(Api& api) {
    RequestBody body(api.line());
    body.start_from_file();
    body.text("slug", "slug");
    body.text("name", "name");
    body.text("prefix", "prefix");
    add_environments(api.line(), body);
    add_catalogue(api.line(), body);
    if (body.is_empty() && body.problem().empty()) {
        return api.fail(
            "give the document: --file FILE, or --slug, --name, --prefix and "
            "--environment",
            ExitCode::usage);
    }
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    return api.show(api.call("POST", "/v1/workspaces", body.text()), {"slug"});
}

ExitCode list_workspaces(Api& api) {
    return api.list("/v1/workspaces", {}, workspace_columns);
}

ExitCode get_workspace(Api& api) {
    return api.show(api.call("GET", path_of(api)), {"slug"});
}

ExitCode update_workspace(Api& api) {
    RequestBody body(api.line());
    body.start_from_file();
    body.text("name", "name");
    if (body.is_empty() && body.problem().empty()) {
        return api.fail("say what to change: --file PATCH, or --name", ExitCode::usage);
    }
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    return api.show(api.call("PATCH", path_of(api), body.text()), {"slug"});
}

}  // namespace keyledger
