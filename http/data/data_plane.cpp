#include "http/data/data_plane.hpp"

#include "http/admin/documents.hpp"
#include "http/credential.hpp"
#include "http/data/verify_body.hpp"
#include "http/query.hpp"
#include "ledger/rules/scope.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

namespace asio = boost::asio;

constexpr std::string_view verify_scope = "keys:verify";
constexpr std::string_view caller_header = "X-Keyledger-Caller";
constexpr std::size_t segments_usual = 4;  // a path with more is refused

bool is_gateway_route(DataRoute route) {
    return route == DataRoute::authorize || route == DataRoute::ext_authz;
}

Spend spend_of(DataRoute route) {
    return route == DataRoute::me ? Spend::nothing : Spend::window_and_quota;
}

// "/a/b/c" in parts, as they came.
std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    segments.reserve(segments_usual);
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::size_t slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
    }
    return segments;
}

// Comma-separated, or "-" for none. False if one of them is no scope.
bool split_scopes(std::string_view list, std::vector<std::string_view>& out) {
    if (list == "-") return true;
    for (;;) {
        const std::size_t comma = list.find(',');
        const std::string_view scope = list.substr(0, comma);
        if (!is_scope(scope) || out.size() == scopes_per_key_max) return false;
        out.push_back(scope);
        if (comma == std::string_view::npos) return true;
        list.remove_prefix(comma + 1);
    }
}

bool has_form_type(const Request& request) {
    constexpr std::string_view form = "application/x-www-form-urlencoded";
    const std::string_view type = header(request, "Content-Type").value_or("");
    return equal_ignoring_case(type.substr(0, form.size()), form) &&
           (type.size() == form.size() || type[form.size()] == ';' || type[form.size()] == ' ');
}

}  // namespace

// Verify and introspect name their caller in Authorization; authorize and ext-authz, where that is
// the client's, in a header of their own. `me` asks about itself.
Credential DataPlane::caller_credential(DataRoute route, const Exchange& exchange) const {
    if (route == DataRoute::me) return {};
    if (!is_gateway_route(route)) return credential_of(exchange.request);
    const std::string_view field = header(exchange.request, caller_header).value_or("");
    if (field.empty()) return {};
    const std::string_view bearer = bearer_token(field);
    return {CredentialKind::one, bearer.empty() ? field : bearer};
}

bool DataPlane::is_trusted(DataRoute route, const Exchange& exchange) const {
    if (route == DataRoute::me) return true;
    return is_gateway_route(route) ? trust_.is_trusted_gateway(exchange.request)
                                   : trust_.is_trusted(exchange.request);
}

void DataPlane::read_client(Exchange& exchange, Asking& out) const {
    const Credential credential = credential_of(exchange.request);
    out.asked.question.address = trust_.client_address(exchange.request);
    out.asked.token = credential.token;
    // nginx makes 500 of any 400, so that a pair of credentials that differ is 401 here.
    if (credential.kind == CredentialKind::differing) out.without_look_up = Outcome::malformed;
    if (credential.kind == CredentialKind::none ||
        credential.kind == CredentialKind::other_scheme) {
        out.without_look_up = Outcome::missing;
    }
}

bool DataPlane::read_verify(Exchange& exchange, Asking& out) const {
    VerifyBody body;
    if (!parse_verify_body(exchange.request.body, body)) {
        // What the quick reader refused is refused, whatever the slow one makes of it: half of a
        // question must not be judged as the whole.
        const std::vector<FieldFault> faults = explain_verify_body(exchange.request.body);
        if (faults.empty()) {
            answer_problem(exchange, ApiError::invalid_request);
        } else {
            answer_problem(exchange, faults);
        }
        return false;
    }
    out.asked.token = body.token;
    out.asked.cost = body.cost;
    out.asked.durable = body.durable;
    out.asked.question.scopes = body.scopes;
    out.asked.question.workspace = body.workspace;
    out.asked.question.environment = body.environment;
    out.asked.question.resource = body.resource;
    out.asked.question.address = body.address;
    return true;
}

// /{workspace}[/{scopes}[/{kind}/{id}]], and behind /_/ in ext-authz the path that the client asked
// for.
bool DataPlane::read_path(DataRoute route, std::string_view rest, Exchange& exchange,
                          Asking& out) const {
    if (route == DataRoute::ext_authz) {
        const std::size_t end = rest.find("/_/");
        if (end == std::string_view::npos) {
            answer_problem(exchange, ApiError::not_found);
            return false;
        }
        rest = rest.substr(0, end);
    }
    const std::vector<std::string_view> segments = segments_of(rest);
    const std::size_t count = segments.size();
    const bool fits =
        route == DataRoute::ext_authz ? count == 2 : count == 1 || count == 2 || count == 4;
    std::array<std::optional<std::string>, 4> decoded;
    for (std::size_t i = 0; fits && i < count; ++i) decoded[i] = decoded_segment(segments[i]);
    if (!fits || !std::all_of(decoded.begin(), decoded.begin() + std::ptrdiff_t(count),
                              [](const auto& part) { return part && !part->empty(); })) {
        answer_problem(exchange, ApiError::not_found);
        return false;
    }
    out.workspace = std::move(*decoded[0]);
    if (decoded[1]) out.scope_list = std::move(*decoded[1]);
    if (!out.scope_list.empty() && !split_scopes(out.scope_list, out.path_scopes)) {
        answer_problem(exchange, ApiError::invalid_request);
        return false;
    }
    out.asked.question.scopes = out.path_scopes;
    if (count == 4) {
        out.kind = std::move(*decoded[2]);
        out.id = std::move(*decoded[3]);
        out.asked.question.resource = {out.kind, out.id};
    }
    if (!checker_.tables().find_workspace(out.workspace)) {
        answer_unknown_workspace(exchange, out.workspace);
        return false;
    }
    out.asked.question.workspace = out.workspace;
    read_client(exchange, out);
    return true;
}

bool DataPlane::read_form(Exchange& exchange, Asking& out) const {
    if (!has_form_type(exchange.request)) {
        answer_problem(exchange, ApiError::unsupported_media_type);
        return false;
    }
    QueryReader form(exchange.request.body, {"token", "token_type_hint"});
    const std::optional<std::string> token = form.text("token", exchange.request.body.size());
    form.text("token_type_hint", exchange.request.body.size());
    if (!token) form.add_fault("token", FieldProblem::missing_field);
    if (!form.faults().empty()) {
        answer_problem(exchange, form.faults());
        return false;
    }
    out.form_token = *token;
    out.asked.token = out.form_token;
    return true;
}

bool DataPlane::read_question(DataRoute route, std::string_view rest,
                              const std::optional<std::string>& bound, Exchange& exchange,
                              Asking& out) const {
    bool read = true;
    switch (route) {
        case DataRoute::verify:
            read = read_verify(exchange, out);
            break;
        case DataRoute::introspect:
            read = read_form(exchange, out);
            break;
        case DataRoute::me:
            read_client(exchange, out);
            // Only gateways pass on addresses.
            out.asked.question.address = exchange.request.peer.address;
            // Who asks about itself means what it is bound to.
            out.asked.question.resource = checker_.own_resource(out.asked.token);
            break;
        default:
            read = read_path(route, rest, exchange, out);
            break;
    }
    Question& question = out.asked.question;
    if (!read || !bound) return read;
    // A caller that is bound to a workspace asks about that one alone.
    if (question.workspace && *question.workspace != *bound) {
        answer_problem(exchange, ApiError::forbidden);
        return false;
    }
    question.workspace = *bound;
    return true;
}

void DataPlane::write(DataRoute route, Exchange& exchange, const Asking& asking,
                      const Checked& checked) {
    switch (route) {
        case DataRoute::verify:
            answer_verify(exchange, checked, asking.asked);
            return;
        case DataRoute::introspect:
            answer_introspect(exchange, checked);
            return;
        case DataRoute::me: {
            if (checked.outcome != Outcome::valid) {
                const Caller caller{.outcome = checked.outcome, .authority = {}};
                answer_refused_caller(exchange, caller);
                return;
            }
            std::string body;
            append_key(body, *checked.state, *checked.use, checked.now);
            append_header(exchange.response.headers, "Cache-Control", "no-store");
            answer_json(exchange, 200, std::move(body));
            return;
        }
        default:
            break;
    }
    if (checked.outcome == Outcome::valid) {
        answer_allowed(exchange, checked);
        return;
    }
    const WorkspaceEntry* entry = checker_.tables().find_workspace(asking.workspace);
    write_denied(exchange, *entry, checked.outcome, &checked);
}

void DataPlane::write_denied(Exchange& exchange, const WorkspaceEntry& entry, Outcome outcome,
                             const Checked* checked) {
    const WorkspaceState& workspace = *entry.state.load();
    const CompiledDialect& dialect =
        dialects_.of(workspace.document, workspace.revision, exchange.thread);
    answer_denied(exchange, {outcome, workspace.document, dialect, checked});
}

// What a denial with that code looks like there; counts nothing.
void DataPlane::answer_errors(std::string_view rest, Exchange& exchange) {
    const std::vector<std::string_view> segments = segments_of(rest);
    const ReadGuard reading = checker_.tables().read();
    const WorkspaceEntry* entry =
        segments.size() == 2
            ? checker_.tables().find_workspace(decoded_segment(segments[0]).value_or(""))
            : nullptr;
    const auto outcome = segments.size() == 2 ? parse_outcome(segments[1]) : std::nullopt;
    if (!entry || !outcome || *outcome == Outcome::valid) {
        answer_problem(exchange, ApiError::not_found);
        return;
    }
    write_denied(exchange, *entry, *outcome, nullptr);
}

std::optional<UseKey> DataPlane::judge_now(DataRoute route, std::string_view rest,
                                           const std::optional<std::string>& bound,
                                           Exchange& exchange) {
    const ReadGuard reading = checker_.tables().read();
    Asking asking;
    if (!read_question(route, rest, bound, exchange, asking)) return {};
    Checked checked;
    checked.outcome = asking.without_look_up;
    if (checked.outcome == Outcome::valid) {
        checked = checker_.check(asking.asked, spend_of(route), exchange.thread);
        if (checked.needs_commit) return checker_.command_for(asking.asked);
    }
    write(route, exchange, asking, checked);
    return {};
}

// The question is read again: its views were lost while the commit was awaited.
void DataPlane::answer_committed(DataRoute route, std::string_view rest,
                                 const std::optional<std::string>& bound, const UseVerdict& verdict,
                                 Exchange& exchange) {
    const ReadGuard reading = checker_.tables().read();
    Asking asking;
    if (!read_question(route, rest, bound, exchange, asking)) return;
    write(route, exchange, asking, checker_.after_commit(asking.asked, verdict, exchange.thread));
}

// At once for trusted callers without a credential of their own, which gateways are; the others
// take the way that may wait, so that nobody's credential is counted twice.
bool DataPlane::answer_now(DataRoute route, std::string_view rest, Exchange& exchange) {
    if (route == DataRoute::errors) {
        answer_errors(rest, exchange);
        return true;
    }
    if (caller_credential(route, exchange).kind == CredentialKind::one) return false;
    if (!is_trusted(route, exchange)) return false;
    return !judge_now(route, rest, {}, exchange);
}

asio::awaitable<void> DataPlane::answer(DataRoute route, std::string_view rest,
                                        Exchange& exchange) {
    std::optional<std::string> bound;
    const Credential credential = caller_credential(route, exchange);
    if (credential.kind == CredentialKind::differing) {
        const FieldFault fault{
            "Authorization", FieldProblem::credentials_differ, {}, FaultPlace::header};
        answer_problem(exchange, std::span<const FieldFault>(&fault, 1));
        co_return;
    }
    if (credential.kind == CredentialKind::one) {
        // Who names a key is held to it, wherever it comes from.
        const Caller caller =
            co_await authenticator_.caller(credential.token, verify_scope, exchange);
        if (caller.outcome != Outcome::valid || !caller.is_admin) {
            answer_refused_caller(exchange, caller);
            co_return;
        }
        bound = caller.authority.bound_workspace;
    } else if (!is_trusted(route, exchange)) {
        answer_unauthenticated(exchange);
        co_return;
    }
    std::optional<UseKey> use = judge_now(route, rest, bound, exchange);
    if (!use) co_return;
    Submission submission;
    submission.command = std::move(*use);
    const Submitted submitted = co_await sequencer_.submit(std::move(submission));
    const auto* receipt = std::get_if<Receipt>(&submitted);
    if (!receipt) {
        const auto* why = std::get_if<Unavailable>(&submitted);
        answer_unavailable(exchange, why ? *why : Unavailable::not_leading);
        co_return;
    }
    exchange.seq = std::max(exchange.seq, receipt->seq);
    answer_committed(route, rest, bound, receipt->use, exchange);
}

}  // namespace keyledger
