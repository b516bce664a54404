#include "http/admin/key_handlers.hpp"

#include "http/admin/documents.hpp"
#include "http/admin/usage_json.hpp"
#include "http/query.hpp"
#include "ledger/base/json_writer.hpp"
#include "ledger/rules/secret.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace keyledger {

namespace asio = boost::asio;

namespace {

constexpr int merges_max = 64;

// The tag that a new token of that environment carries, and its workspace's prefix; nothing where
// there is no such environment, which decide then says.
struct TokenShape {
    std::string prefix = "x", tag = "x";
};

TokenShape token_shape(const WorkspaceDocument& workspace, std::string_view environment) {
    const Environment* found = find_environment(workspace, environment);
    return found ? TokenShape{workspace.prefix, found->tag} : TokenShape{};
}

}  // namespace

void KeyHandlers::answer_key(Exchange& exchange, int status, const PastKey& key, Timestamp at) {
    std::string body;
    append_key(body, key.state, key.use, at);
    append_header(exchange.response.headers, "ETag", etag_of(key.state.revision));
    answer_json(exchange, status, std::move(body));
}

void KeyHandlers::answer_key_and_token(Exchange& exchange, int status, const PastKey& key,
                                       const std::string_view* token) {
    std::string document;
    append_key(document, key.state, key.use, door_.now());
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().key("key").raw(document).key("token");
    token ? writer.value(*token) : writer.value(nullptr);
    writer.end_object();
    append_header(exchange.response.headers, "ETag", etag_of(key.state.revision));
    append_header(exchange.response.headers, "Cache-Control", "no-store");
    answer_json(exchange, status, std::move(body));
}

bool KeyHandlers::answer_key_at(Exchange& exchange, const KeyId& key, std::uint64_t seq) {
    const std::optional<PastKey> past = door_.key_at(key, seq);
    if (!past) {
        answer_problem(exchange, Rejection{Refusal::key_not_found, "", {to_text(key)}});
        return false;
    }
    answer_key(exchange, 200, *past, door_.now());
    return true;
}

asio::awaitable<void> KeyHandlers::create(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:write", exchange);
    if (!caller || !door_.workspace_in_path(exchange, *caller)) co_return;
    if (!door_.has_type(exchange, BodyType::json)) co_return;
    Parsed<CreateKeyBody> body = parse_create_key(exchange.request.body);
    if (!body) {
        answer_problem(exchange, body.faults());
        co_return;
    }
    CreateKey create = std::move(body->command);
    create.workspace = exchange.captures.front();
    const std::optional<WorkspaceState> workspace = door_.workspace_now(create.workspace);
    const TokenShape shape = token_shape(workspace->document, create.environment);
    MintedSecret secret = mint_secret(shape.prefix, shape.tag, door_.random());
    create.key = KeyId{mint_uuid7(door_.now(), door_.random())};
    create.digest = secret.digest;
    create.hint = secret.hint;
    KeyId key = create.key;
    Command command = std::move(create);
    const auto receipt =
        co_await door_.submit(exchange, *caller, std::move(command), std::move(body->remarks));
    if (!receipt) co_return;
    if (receipt->replayed) {
        const std::optional<PastEvent> created = door_.history().event(receipt->first_seq);
        const KeyId* made = created ? key_of(created->event.body) : nullptr;
        if (made) key = *made;
    }
    const std::optional<PastKey> past = door_.key_at(key, receipt->seq);
    if (!past) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    append_header(exchange.response.headers, "Location", "/v1/keys/" + to_text(key));
    const std::string_view token = secret.token.text();
    answer_key_and_token(exchange, receipt->replayed ? 200 : 201, *past,
                         receipt->replayed ? nullptr : &token);
}

asio::awaitable<void> KeyHandlers::import(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:write", exchange);
    if (!caller || !door_.workspace_in_path(exchange, *caller)) co_return;
    if (!door_.has_type(exchange, BodyType::json)) co_return;
    Parsed<ImportBody> body = parse_import(exchange.request.body);
    if (!body) {
        answer_problem(exchange, body.faults());
        co_return;
    }
    const Timestamp now = door_.now();
    ImportKeys import{.workspace = exchange.captures.front(), .keys = std::move(body->items)};
    for (CreateKey& item : import.keys) {
        item.workspace = import.workspace;
        item.key = KeyId{mint_uuid7(now, door_.random())};
    }
    Command command = std::move(import);
    const auto receipt =
        co_await door_.submit(exchange, *caller, std::move(command), std::move(body->remarks));
    if (!receipt) co_return;
    std::string answer;
    JsonWriter writer(answer);
    writer.begin_object().key("items").begin_array();
    for (std::uint64_t i = 0; i < receipt->events; ++i) {
        const std::optional<PastEvent> event = door_.history().event(receipt->first_seq + i);
        const auto* created = event ? std::get_if<KeyCreated>(&event->event.body) : nullptr;
        if (!created) continue;
        writer.begin_object();
        writer.field("id", std::string_view(to_text(created->key)));
        writer.field("digest", std::string_view("sha256:" + to_hex(view_of(created->digest))));
        writer.end_object();
    }
    writer.end_array().end_object();
    answer_json(exchange, 201, std::move(answer));
}

asio::awaitable<void> KeyHandlers::get(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:read", exchange);
    if (!caller) co_return;
    const std::optional<KeyId> key = door_.key_in_path(exchange, *caller);
    if (!key) co_return;
    QueryReader query(exchange.request.query, {"asOf"});
    const std::optional<Moment> as_of = query.moment("asOf", door_.now());
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    std::optional<AsOf> then;
    std::optional<PastKey> past;
    const auto find = [&] {
        then = door_.as_of(as_of);
        if (then) past = as_of ? door_.key_as_of(*key, then->seq) : door_.key_at(*key, then->seq);
    };
    if (as_of) {
        co_await door_.history_thread().once(find);
    } else {
        find();
    }
    if (!past) {
        answer_problem(exchange, Rejection{Refusal::key_not_found, "", {to_text(*key)}});
        co_return;
    }
    if (as_of) {
        door_.note_read(exchange, *caller, query,
                        {.route = "/v1/keys/{id}", .until = then->seq, .of_key = *key});
    }
    answer_key(exchange, 200, *past, then->at);
}

asio::awaitable<void> KeyHandlers::change(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:write", exchange);
    if (!caller) co_return;
    const std::optional<KeyId> key = door_.key_in_path(exchange, *caller);
    if (!key || !door_.has_type(exchange, BodyType::merge_patch)) co_return;
    for (int merges = 1;; ++merges) {
        const std::optional<PastKey> current = door_.key_at(*key, door_.tables().applied());
        if (!current) {
            answer_problem(exchange, ApiError::internal);
            co_return;
        }
        Parsed<ChangeKeyBody> body =
            parse_change_key(exchange.request.body, current->state.settings);
        if (!body) {
            answer_problem(exchange, body.faults());
            co_return;
        }
        const bool conditional = header(exchange.request, "If-Match").value_or("*") != "*";
        // What was merged holds for the revision that it was merged with.
        std::optional<std::uint64_t> revision;
        if (body->merged && !conditional) revision = current->state.revision;
        body->command.key = *key;
        Command command = std::move(body->command);
        const auto outcome = co_await door_.try_submit(exchange, *caller, std::move(command),
                                                       std::move(body->remarks), revision);
        const auto* rejection = std::get_if<Rejection>(&outcome);
        const bool stale = rejection && rejection->refusal == Refusal::stale_revision;
        if (stale && revision && merges < merges_max) continue;
        if (rejection) answer_problem(exchange, *rejection);
        if (const auto* receipt = std::get_if<Receipt>(&outcome)) {
            answer_key_at(exchange, *key, receipt->seq);
        }
        co_return;
    }
}

asio::awaitable<void> KeyHandlers::set_scopes(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:write", exchange);
    if (!caller) co_return;
    const std::optional<KeyId> key = door_.key_in_path(exchange, *caller);
    if (!key || !door_.has_type(exchange, BodyType::json)) co_return;
    Parsed<ScopesBody> body = parse_scopes(exchange.request.body);
    if (!body) {
        answer_problem(exchange, body.faults());
        co_return;
    }
    Command command = ScopeKey{*key, std::move(body->scopes), body->all};
    const auto receipt =
        co_await door_.submit(exchange, *caller, std::move(command), std::move(body->remarks));
    if (receipt) answer_key_at(exchange, *key, receipt->seq);
}

asio::awaitable<void> KeyHandlers::rotate(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:write", exchange);
    if (!caller) co_return;
    const std::optional<KeyId> key = door_.key_in_path(exchange, *caller);
    if (!key || !door_.has_type(exchange, BodyType::json)) co_return;
    Parsed<RotateBody> body = parse_rotate(exchange.request.body);
    if (!body) {
        answer_problem(exchange, body.faults());
        co_return;
    }
    const std::optional<PastKey> current = door_.key_at(*key, door_.tables().applied());
    if (!current) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    const std::optional<WorkspaceState> workspace = door_.workspace_now(current->state.workspace);
    const TokenShape shape = token_shape(workspace->document, current->state.environment);
    MintedSecret secret = mint_secret(shape.prefix, shape.tag, door_.random());
    Command command = RotateKey{*key, secret.digest, secret.hint, body->grace};
    const auto receipt =
        co_await door_.submit(exchange, *caller, std::move(command), std::move(body->remarks));
    if (!receipt) co_return;
    const std::optional<PastKey> past = door_.key_at(*key, receipt->seq);
    if (!past) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    const std::string_view token = secret.token.text();
    answer_key_and_token(exchange, 200, *past, receipt->replayed ? nullptr : &token);
}

asio::awaitable<std::optional<Receipt>> KeyHandlers::submit_simple(Exchange& exchange,
                                                                   Command command,
                                                                   const Caller& caller) {
    if (!door_.has_type(exchange, BodyType::json)) co_return std::nullopt;
    Parsed<Remarks> remarks = parse_remarks(exchange.request.body);
    if (!remarks) {
        answer_problem(exchange, remarks.faults());
        co_return std::nullopt;
    }
    co_return co_await door_.submit(exchange, caller, std::move(command), std::move(*remarks));
}

// With what an incident needs to know: when it was last used, and how often in the last 24 hours.
asio::awaitable<void> KeyHandlers::revoke(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:write", exchange);
    if (!caller) co_return;
    const std::optional<KeyId> key = door_.key_in_path(exchange, *caller);
    if (!key) co_return;
    Command command = RevokeKey{*key};
    const auto receipt = co_await submit_simple(exchange, std::move(command), *caller);
    if (!receipt) co_return;
    const std::optional<PastKey> past = door_.key_at(*key, receipt->seq);
    if (!past) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    const Timestamp now = door_.now();
    std::string body;
    JsonWriter writer(body);
    writer.begin_object();
    write_key_members(writer, past->state, past->use, now);
    writer.key("usesLast24h");
    write_usage_counts(writer, uses_of_last_day(door_.history(), {&*key, 1}, now).at(*key));
    writer.end_object();
    append_header(exchange.response.headers, "ETag", etag_of(past->state.revision));
    answer_json(exchange, 200, std::move(body));
}

asio::awaitable<void> KeyHandlers::suspend(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:write", exchange);
    if (!caller) co_return;
    const std::optional<KeyId> key = door_.key_in_path(exchange, *caller);
    if (!key) co_return;
    Command command = SuspendKey{*key};
    const auto receipt = co_await submit_simple(exchange, std::move(command), *caller);
    if (receipt) answer_key_at(exchange, *key, receipt->seq);
}

asio::awaitable<void> KeyHandlers::resume(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:write", exchange);
    if (!caller) co_return;
    const std::optional<KeyId> key = door_.key_in_path(exchange, *caller);
    if (!key) co_return;
    Command command = ResumeKey{*key};
    const auto receipt = co_await submit_simple(exchange, std::move(command), *caller);
    if (receipt) answer_key_at(exchange, *key, receipt->seq);
}

}  // namespace keyledger
