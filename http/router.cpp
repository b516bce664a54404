#include "http/router.hpp"

#include "http/query.hpp"

#include <optional>

namespace keyledger {
namespace {

struct ActionRoute {
    Method method;
    std::string_view pattern;  // "{}" is a variable segment without ':', "{*}" all that follows
    Action action;
    BodyRead body = BodyRead::nothing;
};

constexpr ActionRoute actions[] = {
    {Method::post, "/v1/workspaces", Action::create_workspace, BodyRead::usual},
    {Method::get, "/v1/workspaces", Action::list_workspaces},
    {Method::get, "/v1/workspaces/{}", Action::get_workspace},
    {Method::patch, "/v1/workspaces/{}", Action::change_workspace, BodyRead::usual},
    {Method::post, "/v1/workspaces/{}/keys", Action::create_key, BodyRead::usual},
    {Method::get, "/v1/workspaces/{}/keys", Action::list_keys},
    {Method::post, "/v1/workspaces/{}/keys:import", Action::import_keys, BodyRead::import},
    {Method::post, "/v1/workspaces/{}/keys:revoke", Action::revoke_keys, BodyRead::usual},
    {Method::post, "/v1/tokens:revoke", Action::revoke_tokens, BodyRead::import},
    {Method::post, "/v1/tokens:find", Action::find_tokens, BodyRead::import},
    {Method::get, "/v1/keys/{}", Action::get_key},
    {Method::patch, "/v1/keys/{}", Action::change_key, BodyRead::usual},
    {Method::put, "/v1/keys/{}/scopes", Action::set_scopes, BodyRead::usual},
    {Method::post, "/v1/keys/{}:rotate", Action::rotate_key, BodyRead::usual},
    {Method::post, "/v1/keys/{}:revoke", Action::revoke_key, BodyRead::usual},
    {Method::post, "/v1/keys/{}:suspend", Action::suspend_key, BodyRead::usual},
    {Method::post, "/v1/keys/{}:resume", Action::resume_key, BodyRead::usual},
    {Method::get, "/v1/keys/{}/events", Action::key_events},
    {Method::get, "/v1/keys/{}/usage", Action::key_usage},
    {Method::get, "/v1/keys/{}/explanation", Action::explain_key},
    {Method::get, "/v1/events", Action::events},
    {Method::post, "/v1/backups", Action::make_backup},
    {Method::get, "/v1/ledger/checkpoint", Action::ledger_checkpoint},
    {Method::get, "/v1/ledger/key", Action::ledger_key},
    {Method::get, "/v1/ledger/policy", Action::ledger_policy},
    {Method::get, "/v1/ledger/entries/{}", Action::ledger_entry},
    {Method::get, "/v1/ledger/proofs/inclusion", Action::inclusion_proof},
    {Method::get, "/v1/ledger/proofs/consistency", Action::consistency_proof},
    {Method::get, "/v1/ledger/receipts/{}", Action::receipt},
    {Method::get, "/checkpoint", Action::ledger_checkpoint},
    {Method::get, "/tile/{*}", Action::tile},
    {Method::get, "/v1/access", Action::access},
    {Method::get, "/livez", Action::livez},
    {Method::get, "/readyz", Action::readyz},
    {Method::get, "/metrics", Action::metrics},
    {Method::get, "/version", Action::version},
    {Method::get, "/openapi.json", Action::openapi},
};

struct DataPath {
    std::string_view path;
    bool has_rest;  // more of the path follows
    DataRoute route;
    std::optional<Method> method;  // nothing: any
    BodyRead body = BodyRead::nothing;
};

constexpr DataPath data_paths[] = {
    {"/v1/verify", false, DataRoute::verify, Method::post, BodyRead::usual},
    {"/v1/authorize", true, DataRoute::authorize, {}},
    {"/v1/ext-authz", true, DataRoute::ext_authz, {}},
    {"/v1/errors", true, DataRoute::errors, {}},
    {"/v1/introspect", false, DataRoute::introspect, Method::post, BodyRead::usual},
    {"/v1/me", false, DataRoute::me, Method::get},
};

std::string_view name_of(Method method) {
    switch (method) {
        case Method::get:
            return "GET, HEAD";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::delete_:
            return "DELETE";
        case Method::options:
            return "OPTIONS";
        case Method::other:
            return "";
    }
    return "";
}

std::optional<Routed> route_data(Method method, std::string_view path) {
    for (const DataPath& data : data_paths) {
        if (!path.starts_with(data.path)) continue;
        const std::string_view rest = path.substr(data.path.size());
        if (data.has_rest ? !rest.starts_with('/') : !rest.empty()) continue;
        Routed routed;
        if (data.method && *data.method != method) {
            routed.kind = Routed::Kind::wrong_method;
            routed.allow = name_of(*data.method);
            return routed;
        }
        routed.kind = Routed::Kind::data;
        routed.data = data.route;
        routed.rest = rest;
        routed.body = data.body;
        return routed;
    }
    return {};
}

std::string_view next_segment(std::string_view& path) {
    path.remove_prefix(1);
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
    return segment;
}

bool matches_segment(std::string_view pattern, std::string_view segment,
                     std::vector<std::string>& captures) {
    if (!pattern.starts_with("{}")) return pattern == segment;
    const std::string_view suffix = pattern.substr(2);
    if (!segment.ends_with(suffix)) return false;
    segment.remove_suffix(suffix.size());
    if (segment.empty() || segment.find(':') != std::string_view::npos) return false;
    std::optional<std::string> decoded = decoded_segment(segment);
    if (!decoded) return false;
    captures.push_back(std::move(*decoded));
    return true;
}

bool matches(std::string_view pattern, std::string_view path, std::vector<std::string>& captures) {
    while (pattern.starts_with('/') && path.starts_with('/')) {
        if (pattern == "/{*}") return path.size() > 1;
        if (!matches_segment(next_segment(pattern), next_segment(path), captures)) return false;
    }
    return pattern.empty() && path.empty();
}

}  // namespace

Routed route(Method method, std::string_view path) {
    const Method asked = method == Method::head ? Method::get : method;
    if (std::optional<Routed> data = route_data(asked, path)) {
        return std::move(*data);
    }
    Routed routed;
    for (const ActionRoute& action : actions) {
        std::vector<std::string> captures;
        if (!matches(action.pattern, path, captures)) continue;
        if (action.method == asked) {
            routed.kind = Routed::Kind::action;
            routed.action = action.action;
            routed.captures = std::move(captures);
            routed.body = action.body;
            return routed;
        }
        routed.kind = Routed::Kind::wrong_method;
        if (!routed.allow.empty()) routed.allow += ", ";
        routed.allow += name_of(action.method);
    }
    return routed;
}

}  // namespace keyledger
