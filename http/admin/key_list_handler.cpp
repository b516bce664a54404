#include "http/admin/key_list_handler.hpp"

#include "http/admin/documents.hpp"
#include "http/admin/paging.hpp"
#include "ledger/base/json_writer.hpp"
#include "ledger/rules/scope.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cctype>
#include <utility>

namespace keyledger {

namespace asio = boost::asio;

namespace {

struct KeyFilter {
    std::optional<KeyStatus> status;
    std::optional<std::string> environment, owner, scope, text;
    std::optional<Timestamp> unused_since, expires_before, rotated_before;
};

bool holds(std::string_view text, std::string_view part) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

bool grants(const KeyState& key, const WorkspaceDocument& workspace, std::string_view scope) {
    if (key.scopes.empty()) return workspace.empty_scopes == EmptyScopes::all;
    return covers(key.scopes, scope);
}

// `text` is looked for in what a person knows a key by.
bool matches(const KeyFilter& filter, const KeyState& key, const KeyUse& use,
             const WorkspaceDocument& workspace, Timestamp now) {
    const KeySettings& settings = key.settings;
    if (filter.status && status_of(key, now) != *filter.status) return false;
    if (filter.environment && key.environment != *filter.environment) return false;
    if (filter.owner && settings.owner != *filter.owner) return false;
    if (filter.scope && !grants(key, workspace, *filter.scope)) return false;
    if (filter.unused_since && use.last_used_at && *use.last_used_at >= *filter.unused_since) {
        return false;
    }
    if (filter.expires_before &&
        !(settings.expires_at && *settings.expires_at < *filter.expires_before)) {
        return false;
    }
    if (filter.rotated_before &&
        key.rotated_at.value_or(key.created_at) >= *filter.rotated_before) {
        return false;
    }
    if (!filter.text) return true;
    return holds(settings.name, *filter.text) || holds(settings.owner, *filter.text) ||
           holds(to_text(key.id), *filter.text) ||
           std::ranges::any_of(
               key.secrets, [&](const Secret& secret) { return holds(secret.hint, *filter.text); });
}

constexpr std::size_t filter_bytes_max = 256;

KeyFilter read_filter(QueryReader& query, Timestamp now) {
    KeyFilter filter;
    if (const auto word =
            query.word("status", {"active", "suspended", "expired", "revoked", "pending"})) {
        filter.status = static_cast<KeyStatus>(*word);
    }
    filter.environment = query.text("environment", filter_bytes_max);
    filter.owner = query.text("owner", filter_bytes_max);
    filter.scope = query.text("scope", filter_bytes_max);
    if (filter.scope && !is_scope(*filter.scope))
        query.add_fault("scope", FieldProblem::not_a_scope);
    filter.text = query.text("q", filter_bytes_max);
    filter.unused_since = query.time("unusedSince", now);
    filter.expires_before = query.time("expiresBefore", now);
    filter.rotated_before = query.time("rotatedBefore", now);
    return filter;
}

struct Listing {
    const KeyFilter& filter;
    std::uint64_t seq;  // all of the page is read as of this event
    bool in_the_past;   // asked for: then uses are read as of it too
    Timestamp then;
    WorkspaceDocument workspace;
    std::uint64_t position;
    std::size_t left;
    std::size_t past_keys = 0;  // read from the history for this page
};

// Goes on for a slice, or until nothing is left to show. Returns whether there may be more keys.
bool list_slice(const AdminDoor& door, std::string_view slug, Listing& listing,
                JsonWriter& writer) {
    const ReadGuard reading = door.tables().read();
    const WorkspaceEntry& entry = *door.tables().find_workspace(slug);
    const std::size_t total = entry.keys.size();
    const std::size_t end = std::min<std::size_t>(total, listing.position + keys_per_slice);
    std::size_t past_keys = 0;
    for (; listing.position < end && listing.left > 0; ++listing.position) {
        const KeyEntry& slot = entry.keys[listing.position];
        const KeyState* state = slot.state.load();
        const KeyUse* use = slot.use.load();
        if (state->created_seq > listing.seq) return false;  // and so are all that follow
        std::optional<PastKey> past;
        if (state->seq > listing.seq || listing.in_the_past) {
            if (past_keys++ == past_keys_per_slice) return true;
            ++listing.past_keys;
            past = door.history().key_at(slot.id, listing.seq);
            if (!past) continue;
            state = &past->state;
            use = &past->use;
        }
        if (!matches(listing.filter, *state, *use, listing.workspace, listing.then)) continue;
        std::string document;
        append_key(document, *state, *use, listing.then);
        writer.raw(document);
        --listing.left;
    }
    return listing.position < total;
}

std::optional<WorkspaceState> workspace_then(const AdminDoor& door, std::string_view slug,
                                             const AsOf& then, bool in_the_past) {
    return in_the_past ? door.history().workspace_at(slug, then.seq) : door.workspace_now(slug);
}

}  // namespace

asio::awaitable<void> list_keys(AdminDoor& door, Exchange& exchange) {
    const std::optional<Caller> caller = co_await door.require("keys:read", exchange);
    if (!caller || !door.workspace_in_path(exchange, *caller)) co_return;
    const Timestamp now = door.now();
    QueryReader query(exchange.request.query,
                      {"limit", "cursor", "asOf", "status", "environment", "owner", "scope",
                       "unusedSince", "expiresBefore", "rotatedBefore", "q"});
    const Page page = read_page(query);
    const std::optional<Moment> as_of = query.moment("asOf", now);
    const KeyFilter filter = read_filter(query, now);
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    // All of the page is read as of one event.
    std::optional<AsOf> then;
    std::optional<WorkspaceState> workspace;
    const auto find_workspace = [&] {
        then = door.as_of(as_of);
        if (then) {
            workspace = workspace_then(door, exchange.captures.front(), *then, as_of.has_value());
        }
    };
    co_await door.history_thread().once(find_workspace);
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().key("items").begin_array();
    Listing listing{.filter = filter,
                    .seq = then ? then->seq : 0,
                    .in_the_past = as_of.has_value(),
                    .then = then ? then->at : now,
                    .workspace = workspace ? workspace->document : WorkspaceDocument{},
                    .position = page.position,
                    .left = page.limit};
    bool more = workspace.has_value();
    // A page may be short, or empty, and still say where the next one begins.
    const auto list_more = [&] {
        more = more && list_slice(door, exchange.captures.front(), listing, writer);
        return more && listing.left > 0 && listing.past_keys < past_keys_per_page_max;
    };
    co_await door.history_thread().run(list_more);
    writer.end_array();
    write_next_cursor(writer, more ? std::optional(listing.position) : std::nullopt);
    writer.end_object();
    if (as_of) {
        door.note_read(exchange, *caller, query,
                       {.route = "/v1/workspaces/{workspace}/keys",
                        .until = listing.seq,
                        .of_workspace = exchange.captures.front(),
                        .events = 0});
    }
    answer_json(exchange, 200, std::move(body));
}

}  // namespace keyledger
