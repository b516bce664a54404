#include "http/admin/access_handler.hpp"

#include "http/admin/paging.hpp"
#include "ledger/base/bytes.hpp"
#include "ledger/base/json_writer.hpp"
#include "ledger/rules/scope.hpp"
#include "projections/access.hpp"
#include "projections/export/event_json.hpp"
#include "projections/export/value_json.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace keyledger {

namespace asio = boost::asio;

namespace {

constexpr AccessSearch::Budget turn_budget{.rows = 256, .events = 512};
// For one page; a search that is longer goes on by its cursor.
constexpr std::size_t turns_per_page_max = 64;
constexpr std::size_t cursor_bytes_max = 2048;
constexpr char cursor_version = 2;

// The row that the last page ended with; a fault is noted in the query.
std::string read_cursor(QueryReader& query) {
    const std::optional<std::string> text = query.text("cursor", cursor_bytes_max);
    if (!text) return {};
    const std::optional<std::string> bytes = from_base64url(*text);
    if (bytes && bytes->size() > 1 && bytes->front() == cursor_version) return bytes->substr(1);
    query.add_fault("cursor", FieldProblem::not_one_of, {"nextCursor"});
    return {};
}

void write_item(JsonWriter& writer, const AccessItem& item) {
    writer.begin_object().field("keyId", to_text(item.key));
    write_text_or_null(writer.key("owner"), item.owner);
    write_text_or_null(writer.key("scope"), item.scope);
    writer.field("sinceSeq", item.since_seq).field("since", item.since);
    write_actor(writer.key("actor"), item.actor);
    writer.end_object();
}

// All that the caller may see, or the one that is asked for.
std::vector<std::string> workspaces(const AdminDoor& door, const Caller& caller,
                                    const std::optional<std::string>& asked) {
    std::vector<std::string> slugs;
    const ReadGuard reading = door.tables().read();
    const auto& all = door.tables().workspaces();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (is_bound_elsewhere(caller, all[i].slug)) continue;
        if (!asked || all[i].slug == *asked) slugs.push_back(all[i].slug);
    }
    return slugs;
}

void begin_search(std::optional<AccessSearch>& search, const AdminDoor& door,
                  const std::optional<AsOf>& as_of, AccessQuestion question, std::string cursor) {
    if (as_of) {
        question.as_of = as_of->seq;
        question.at = as_of->at;
    } else {
        question.workspaces.clear();  // there was nothing yet
    }
    search.emplace(door.history(), door.tables(), std::move(question), std::move(cursor));
}

}  // namespace

asio::awaitable<void> list_access(AdminDoor& door, Exchange& exchange) {
    const std::optional<Caller> caller = co_await door.require("events:read", exchange);
    if (!caller) co_return;
    QueryReader query(exchange.request.query,
                      {"workspace", "asOf", "scope", "resource", "limit", "cursor"});
    const std::size_t limit =
        query.whole_number("limit", 1, page_limit_max).value_or(page_limit_default);
    std::string cursor = read_cursor(query);
    const std::optional<std::string> workspace = query.text("workspace", scope_bytes_max);
    AccessQuestion question;
    question.scope = query.text("scope", scope_bytes_max);
    if (question.scope && !is_scope(*question.scope)) {
        query.add_fault("scope", FieldProblem::not_a_scope);
    }
    question.resource = query.resource("resource");
    const std::optional<Moment> moment = query.moment("asOf", door.now());
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    question.workspaces = workspaces(door, *caller, workspace);
    if (workspace && question.workspaces.empty()) {
        answer_unknown_workspace(exchange, *workspace);
        co_return;
    }
    std::optional<AsOf> as_of;
    std::optional<AccessSearch> search;
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().key("items").begin_array();
    std::size_t shown = 0;
    std::size_t turns = 0;
    const auto search_more = [&] {
        if (!search) {
            as_of = door.as_of(moment);
            begin_search(search, door, as_of, std::move(question), std::move(cursor));
        }
        for (const AccessItem& item : search->step(turn_budget, limit - shown)) {
            write_item(writer, item);
            ++shown;
        }
        return !search->at_end() && shown < limit && ++turns < turns_per_page_max;
    };
    co_await door.history_thread().run(search_more);
    writer.end_array().key("nextCursor");
    if (search->at_end()) {
        writer.value(nullptr);
    } else {
        writer.value(to_base64url(std::string(1, cursor_version) + search->cursor()));
    }
    writer.end_object();
    door.note_read(exchange, *caller, query,
                   {.route = "/v1/access",
                    .until = as_of ? as_of->seq : 0,
                    .of_workspace = workspace.value_or("")});
    answer_json(exchange, 200, std::move(body));
}

}  // namespace keyledger
