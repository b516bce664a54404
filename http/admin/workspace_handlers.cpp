#include "http/admin/workspace_handlers.hpp"

#include "http/admin/documents.hpp"
#include "http/admin/paging.hpp"
#include "http/admin/workspace_body.hpp"
#include "ledger/base/json_writer.hpp"
#include "ledger/rules/evolve.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace keyledger {

namespace asio = boost::asio;

// A merge patch that meets a newer document is merged into that one; a patch that meets this many
// in a row is told so.
constexpr int merges_max = 64;
constexpr std::size_t workspaces_per_turn = 64;

void WorkspaceHandlers::answer_workspace(Exchange& exchange, int status,
                                         const WorkspaceState& workspace) {
    std::string body;
    append_workspace(body, workspace);
    append_header(exchange.response.headers, "ETag", etag_of(workspace.revision));
    answer_json(exchange, status, std::move(body));
}

asio::awaitable<void> WorkspaceHandlers::create(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("workspaces:write", exchange);
    if (!caller || !door_.has_type(exchange, BodyType::json)) co_return;
    Parsed<WorkspaceBody> body = parse_workspace(exchange.request.body);
    if (!body) {
        answer_problem(exchange, body.faults());
        co_return;
    }
    const std::string slug = body->document.slug;
    Command command = CreateWorkspace{std::move(body->document)};
    const auto receipt =
        co_await door_.submit(exchange, *caller, std::move(command), std::move(body->remarks));
    if (!receipt) co_return;
    // As it was made: a repeat that comes later must not show what became of it.
    const std::optional<PastEvent> created = door_.history().event(receipt->first_seq);
    if (!created) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    WorkspaceState state;
    evolve(state, created->event);
    append_header(exchange.response.headers, "Location", "/v1/workspaces/" + slug);
    answer_workspace(exchange, 201, state);
}

asio::awaitable<void> WorkspaceHandlers::list(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("workspaces:read", exchange);
    if (!caller) co_return;
    QueryReader query(exchange.request.query, {"limit", "cursor", "asOf"});
    const Page page = read_page(query);
    const std::optional<Moment> as_of = query.moment("asOf", door_.now());
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().key("items").begin_array();
    const std::size_t total = door_.tables().workspaces().size();
    std::optional<AsOf> then;
    std::size_t shown = 0;
    std::size_t position = page.position;
    const auto show_more = [&] {
        if (as_of && !then) then = door_.as_of(as_of);
        const std::size_t end = std::min(total, position + workspaces_per_turn);
        for (; position < end && shown < page.limit; ++position) {
            const std::string& slug = door_.tables().workspaces()[position].slug;
            if (is_bound_elsewhere(*caller, slug)) continue;
            std::optional<WorkspaceState> state;
            if (!as_of) {
                state = door_.workspace_now(slug);
            } else if (then) {
                state = door_.history().workspace_at(slug, then->seq);
            }
            if (!state) continue;
            std::string document;
            append_workspace(document, *state);
            writer.raw(document);
            ++shown;
        }
        return position < total && shown < page.limit;
    };
    co_await door_.history_thread().run(show_more);
    writer.end_array();
    write_next_cursor(writer, position < total ? std::optional(position) : std::nullopt);
    writer.end_object();
    if (then && as_of) {
        door_.note_read(exchange, *caller, query, {.route = "/v1/workspaces", .until = then->seq});
    }
    answer_json(exchange, 200, std::move(body));
}

asio::awaitable<void> WorkspaceHandlers::get(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("workspaces:read", exchange);
    if (!caller || !door_.workspace_in_path(exchange, *caller)) co_return;
    QueryReader query(exchange.request.query, {"asOf"});
    const std::optional<Moment> as_of = query.moment("asOf", door_.now());
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    const std::string& slug = exchange.captures.front();
    if (!as_of) {
        const std::optional<WorkspaceState> workspace = door_.workspace_now(slug);
        answer_workspace(exchange, 200, *workspace);
        co_return;
    }
    std::optional<AsOf> then;
    std::optional<WorkspaceState> workspace;
    const auto find = [&] {
        then = door_.as_of(as_of);
        if (then) workspace = door_.history().workspace_at(slug, then->seq);
    };
    co_await door_.history_thread().once(find);
    if (!workspace) {
        answer_unknown_workspace(exchange, slug);
        co_return;
    }
    door_.note_read(
        exchange, *caller, query,
        {.route = "/v1/workspaces/{workspace}", .until = then->seq, .of_workspace = slug});
    answer_workspace(exchange, 200, *workspace);
}

asio::awaitable<void> WorkspaceHandlers::change(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("workspaces:write", exchange);
    if (!caller || !door_.workspace_in_path(exchange, *caller)) co_return;
    if (!door_.has_type(exchange, BodyType::merge_patch)) co_return;
    for (int merges = 1;; ++merges) {
        const std::optional<WorkspaceState> current =
            door_.workspace_now(exchange.captures.front());
        Parsed<WorkspaceBody> body =
            parse_workspace_patch(exchange.request.body, current->document);
        if (!body) {
            answer_problem(exchange, body.faults());
            co_return;
        }
        Command command = ChangeWorkspace{std::move(body->document), current->revision};
        const auto outcome = co_await door_.try_submit(exchange, *caller, std::move(command),
                                                       std::move(body->remarks));
        const auto* rejection = std::get_if<Rejection>(&outcome);
        const bool stale = rejection && rejection->refusal == Refusal::stale_revision;
        const bool conditional = header(exchange.request, "If-Match").value_or("*") != "*";
        if (stale && !conditional && merges < merges_max) continue;
        if (rejection) answer_problem(exchange, *rejection);
        if (std::holds_alternative<Receipt>(outcome)) {
            answer_workspace(exchange, 200, *door_.workspace_now(exchange.captures.front()));
        }
        co_return;
    }
}

}  // namespace keyledger
