#include "http/application.hpp"

#include "http/admin/access_handler.hpp"
#include "http/admin/explanation_handler.hpp"
#include "http/admin/find_tokens_handler.hpp"
#include "http/admin/key_list_handler.hpp"
#include "http/admin/usage_handler.hpp"
#include "http/openapi.hpp"
#include "http/query.hpp"
#include "http/server.hpp"
#include "ledger/base/json_writer.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

namespace keyledger {
namespace {

namespace asio = boost::asio;

constexpr std::string_view at_least_header = "X-Ledger-At-Least";
constexpr std::chrono::milliseconds at_least_wait{1000};

bool is_json(const Request& request) {
    const std::string_view type = header(request, "Content-Type").value_or("");
    if (type == json_content_type) return true;
    return equal_ignoring_case(type.substr(0, json_content_type.size()), json_content_type) &&
           (type.size() == json_content_type.size() || type[json_content_type.size()] == ';');
}

// ?proof=true: another form of the same history.
bool asks_for_proof(const Request& request) {
    QueryReader query(request.query, {"proof"});
    return query.boolean("proof").value_or(false);
}

void answer_unrouted(const Routed& routed, Exchange& exchange) {
    if (routed.kind == Routed::Kind::wrong_method) {
        answer_problem(exchange, ApiError::method_not_allowed);
        append_header(exchange.response.headers, "Allow", routed.allow);
    } else {
        answer_problem(exchange, ApiError::not_found);
    }
}

}  // namespace

Application::Application(const Tables& tables, AppliedSignal& signal, DataPlane& data,
                         AdminDoor& door, ProofSources proofs, BackupSources backups,
                         ApplicationLimits limits)
    : tables_(tables),
      signal_(signal),
      data_(data),
      door_(door),
      workspaces_(door),
      keys_(door),
      audit_(door, signal),
      ledger_(door, std::move(proofs)),
      backups_(door, std::move(backups)),
      limits_(limits) {}

// The body of one who may not ask is drained and not kept: strangers must not be able to fill the
// memory. What they are told does not depend on it.
std::size_t Application::body_bytes_max(const Request& request) const {
    const Routed routed = route(request.method, request.path);
    if (routed.body == BodyRead::nothing) return 0;
    const bool heard = routed.kind == Routed::Kind::data ? data_.may_send_body(request)
                                                         : door_.is_known_admin(request);
    if (!heard) return 0;
    return routed.body == BodyRead::import ? limits_.import_bytes_max : limits_.body_bytes_max;
}

Exchange Application::exchange(const Request& request, Response& response) const {
    return {.request = request,
            .response = response,
            .request_id = request_id_of(request),
            .seq = tables_.applied(),
            .thread = http_thread_index(),
            .captures = {}};
}

// In every answer, whoever made it.
void Application::finish(const Exchange& exchange) const {
    append_header(exchange.response.headers, "X-Request-Id", exchange.request_id);
    append_header(exchange.response.headers, "X-Ledger-Seq", exchange.seq);
    if (!quarantine_.empty()) {
        append_header(exchange.response.headers, "X-Ledger-Quarantine", quarantine_);
    }
}

// True if the request is answered: it is none that a check can be made of, or none may be made.
bool Application::refuse_data(DataRoute route, Exchange& exchange) const {
    if (!quarantine_.empty() && route != DataRoute::errors) {
        answer_unavailable(exchange, ApiError::quarantined);
        return true;
    }
    if (route != DataRoute::verify || is_json(exchange.request)) return false;
    answer_problem(exchange, ApiError::unsupported_media_type);
    return true;
}

bool Application::answer_now(const Request& request, Response& response) {
    const Routed routed = route(request.method, request.path);
    if (routed.kind == Routed::Kind::action && routed.action < Action::livez) return false;
    if (header(request, at_least_header)) return false;
    Exchange now = exchange(request, response);
    bool answered = true;
    switch (routed.kind) {
        case Routed::Kind::data:
            answered =
                refuse_data(routed.data, now) || data_.answer_now(routed.data, routed.rest, now);
            break;
        case Routed::Kind::action:
            answered = answer_page(routed.action, now);
            break;
        default:
            answer_unrouted(routed, now);
            break;
    }
    if (answered) finish(now);
    return answered;
}

// Waits until the node has the event that the client has seen elsewhere; false if that was
// answered.
asio::awaitable<bool> Application::reach(Exchange& exchange) {
    const auto field = header(exchange.request, at_least_header);
    if (!field) co_return true;
    std::uint64_t seq = 0;
    const auto [stop, error] = std::from_chars(field->data(), field->data() + field->size(), seq);
    if (error != std::errc{} || stop != field->data() + field->size()) {
        const FieldFault fault{
            std::string(at_least_header), FieldProblem::malformed_header, {}, FaultPlace::header};
        answer_problem(exchange, std::span<const FieldFault>(&fault, 1));
        co_return false;
    }
    const bool reached = co_await signal_.wait(seq, at_least_wait);
    if (!reached) answer_unavailable(exchange, ApiError::stale);
    exchange.seq = tables_.applied();
    co_return reached;
}

asio::awaitable<void> Application::answer(const Request& request, Response& response) {
    const Routed routed = route(request.method, request.path);
    Exchange now = exchange(request, response);
    now.captures = routed.captures;
    const bool reached = co_await reach(now);
    if (reached) {
        switch (routed.kind) {
            case Routed::Kind::data:
                if (!refuse_data(routed.data, now)) {
                    co_await data_.answer(routed.data, routed.rest, now);
                }
                break;
            case Routed::Kind::action:
                co_await answer_action(routed.action, now);
                break;
            default:
                answer_unrouted(routed, now);
                break;
        }
    }
    finish(now);
}

asio::awaitable<void> Application::answer_action(Action action, Exchange& exchange) {
    switch (action) {
        case Action::create_workspace:
            return workspaces_.create(exchange);
        case Action::list_workspaces:
            return workspaces_.list(exchange);
        case Action::get_workspace:
            return workspaces_.get(exchange);
        case Action::change_workspace:
            return workspaces_.change(exchange);
        case Action::create_key:
            return keys_.create(exchange);
        case Action::list_keys:
            return list_keys(door_, exchange);
        case Action::import_keys:
            return keys_.import(exchange);
        case Action::revoke_keys:
            return keys_.revoke_many(exchange);
        case Action::revoke_tokens:
            return keys_.revoke_tokens(exchange);
        case Action::find_tokens:
            return find_tokens(door_, exchange);
        case Action::get_key:
            return keys_.get(exchange);
        case Action::change_key:
            return keys_.change(exchange);
        case Action::set_scopes:
            return keys_.set_scopes(exchange);
        case Action::rotate_key:
            return keys_.rotate(exchange);
        case Action::revoke_key:
            return keys_.revoke(exchange);
        case Action::suspend_key:
            return keys_.suspend(exchange);
        case Action::resume_key:
            return keys_.resume(exchange);
        case Action::key_events:
            return asks_for_proof(exchange.request) ? ledger_.key_proof(exchange)
                                                    : audit_.key_events(exchange);
        case Action::key_usage:
            return show_usage(door_, exchange);
        case Action::explain_key:
            return explain_key(door_, exchange);
        case Action::events:
            return audit_.events(exchange);
        case Action::make_backup:
            return backups_.make(exchange);
        case Action::access:
            return list_access(door_, exchange);
        case Action::ledger_entry:
            return ledger_.entry(exchange);
        case Action::receipt:
            return ledger_.receipt(exchange);
        case Action::tile:
            return ledger_.tile(exchange);
        case Action::ledger_checkpoint:
        case Action::ledger_key:
        case Action::ledger_policy:
        case Action::inclusion_proof:
        case Action::consistency_proof:
        case Action::livez:
        case Action::readyz:
        case Action::metrics:
        case Action::version:
        case Action::openapi:
            break;
    }
    return answer_page_later(action, exchange);
}

asio::awaitable<void> Application::answer_page_later(Action action, Exchange& exchange) {
    if (!answer_proof(action, exchange)) answer_page(action, exchange);
    co_return;
}

// What lets others prove the ledger and needs no credential.
bool Application::answer_proof(Action action, Exchange& exchange) const {
    switch (action) {
        case Action::ledger_checkpoint:
            ledger_.checkpoint(exchange);
            return true;
        case Action::ledger_key:
            ledger_.key(exchange);
            return true;
        case Action::ledger_policy:
            ledger_.policy(exchange);
            return true;
        case Action::inclusion_proof:
            ledger_.inclusion(exchange);
            return true;
        case Action::consistency_proof:
            ledger_.consistency(exchange);
            return true;
        default:
            return false;
    }
}

bool Application::answer_page(Action action, Exchange& exchange) const {
    Response& response = exchange.response;
    append_header(response.headers, "Cache-Control", "no-store");
    response.content_type = "text/plain; charset=utf-8";
    switch (action) {
        case Action::livez:
            response.body = "ok\n";
            return true;
        case Action::readyz: {
            const bool whole = quarantine_.empty();
            const bool ready = whole && !stopping_.load();
            response.status = ready ? 200 : 503;
            response.body = ready ? "ready\n" : whole ? "stopping\n" : "quarantined\n";
            if (exchange.request.query != "verbose") return true;
            std::string body;
            JsonWriter writer(body);
            writer.begin_object().field("ready", ready).key("checks").begin_object();
            writer.field("serving", !stopping_.load()).field("ledgerWhole", whole);
            writer.field("appliedSeq", tables_.applied());
            writer.field("ledgerTime", tables_.ledger_time()).end_object().end_object();
            answer_json(exchange, response.status, std::move(body));
            return true;
        }
        case Action::metrics:
            response.content_type = "text/plain; version=0.0.4; charset=utf-8";
            response.body = metrics_page_ ? metrics_page_() : "";
            return true;
        case Action::version: {
            std::string body;
            JsonWriter writer(body);
            writer.begin_object().field("name", "keyledger").field("version", KEYLEDGER_VERSION);
            writer.end_object();
            answer_json(exchange, 200, std::move(body));
            return true;
        }
        case Action::openapi:
            answer_json(exchange, 200, std::string(openapi_json()));
            return true;
        default:
            return false;
    }
}

void Application::refuse(TransportFault fault, const Request& request, Response& response) {
    Exchange now = exchange(request, response);
    response.body.clear();
    response.status = append_problem(response.body, {now.locale(), now.request_id}, fault);
    response.content_type = problem_content_type;
    append_header(response.headers, "Cache-Control", "no-store");
    if (fault == TransportFault::overloaded) append_header(response.headers, "Retry-After", "1");
    finish(now);
}

}  // namespace keyledger
