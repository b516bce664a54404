#include "http/admin/explanation_handler.hpp"

#include "ledger/base/json_writer.hpp"
#include "ledger/rules/scope.hpp"
#include "projections/explanation.hpp"
#include "projections/export/event_json.hpp"
#include "projections/export/value_json.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace keyledger {

namespace asio = boost::asio;

namespace {

constexpr std::size_t word_bytes_max = 128;

// What a check would ask, owned.
struct AskedQuestion {
    std::optional<std::string> workspace, environment;
    std::vector<std::string> scopes;
    std::optional<Resource> resource;
    std::optional<Address> address;
};

AskedQuestion read_question(QueryReader& query) {
    AskedQuestion asked;
    asked.workspace = query.text("workspace", word_bytes_max);
    asked.environment = query.text("environment", word_bytes_max);
    asked.scopes = query.scopes("scopes");
    asked.resource = query.resource("resource");
    if (const std::optional<std::string> text = query.text("ip", word_bytes_max)) {
        asked.address = parse_address(*text);
        if (!asked.address) query.add_fault("ip", FieldProblem::not_an_address_range);
    }
    return asked;
}

void write_event(JsonWriter& writer, const AdminDoor& door,
                 const std::optional<std::uint64_t>& seq) {
    const std::optional<PastEvent> past = seq ? door.history().event(*seq) : std::nullopt;
    if (!past) {
        writer.value(nullptr);
        return;
    }
    const Envelope& envelope = past->event.envelope;
    writer.begin_object()
        .field("seq", envelope.seq)
        .field("type", type_name(past->event.body))
        .field("time", envelope.time);
    write_actor(writer.key("actor"), envelope.actor);
    write_text_or_null(writer.key("reason"), envelope.reason.value);
    writer.end_object();
}

void write_rules(JsonWriter& writer, const AdminDoor& door, const Explanation& explanation) {
    writer.begin_array();
    for (const ExplainedRule& rule : explanation.rules) {
        writer.begin_object()
            .field("rule", to_text(rule.rule))
            .field("result", to_text(rule.result));
        write_text_or_null(writer.key("detail"), rule.detail);
        write_event(writer.key("event"), door, rule.event);
        writer.end_object();
    }
    writer.end_array();
}

std::string document_of(const AdminDoor& door, const KeyId& key, const AsOf& as_of,
                        const Explanation& explanation) {
    std::string body;
    JsonWriter writer(body);
    writer.begin_object()
        .field("keyId", to_text(key))
        .field("at", as_of.at)
        .field("asOf", as_of.seq)
        .field("secretVersion", explanation.secret_version)
        .field("code", to_text(explanation.code));
    write_rules(writer.key("rules"), door, explanation);
    const bool is_valid = explanation.code == Outcome::valid;
    write_text_or_null(writer.key("decidedBy"), is_valid ? "" : to_text(explanation.code));
    writer.end_object();
    return body;
}

bool has_secret(const KeyState& key, std::uint32_t version) {
    return std::ranges::find(key.secrets, version, &Secret::version) != key.secrets.end();
}

std::string versions_of(const KeyState& key) {
    std::string list;
    for (const Secret& secret : key.secrets) {
        list += (list.empty() ? "" : ", ") + std::to_string(secret.version);
    }
    return list;
}

}  // namespace

asio::awaitable<void> explain_key(AdminDoor& door, Exchange& exchange) {
    const std::optional<Caller> caller = co_await door.require("keys:read", exchange);
    if (!caller) co_return;
    // It names events, their actors and reasons.
    if (!covers(caller->authority.scopes, "events:read")) {
        answer_problem(exchange, ApiError::forbidden);
        co_return;
    }
    const std::optional<KeyId> key = door.key_in_path(exchange, *caller);
    if (!key) co_return;
    QueryReader query(exchange.request.query,
                      {"at", "scopes", "resource", "environment", "workspace", "ip", "secret"});
    const std::optional<Moment> moment = query.moment("at", door.now());
    const AskedQuestion asked = read_question(query);
    const auto secret = query.whole_number("secret", 1, std::numeric_limits<std::uint32_t>::max());
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    const std::vector<std::string_view> scopes(asked.scopes.begin(), asked.scopes.end());
    Question question{.workspace = asked.workspace,
                      .environment = asked.environment,
                      .scopes = scopes,
                      .resource = {},
                      .address = asked.address};
    if (asked.resource) question.resource = {asked.resource->kind, asked.resource->id};
    std::optional<AsOf> as_of;
    std::optional<PastKey> past;
    std::optional<std::string> document;
    std::optional<std::uint32_t> version;
    if (secret) version = static_cast<std::uint32_t>(*secret);
    const auto find = [&] {
        as_of = door.as_of(moment);
        if (as_of) past = door.key_as_of(*key, as_of->seq);
        if (!past) return;
        const std::optional<Explanation> explanation =
            explain(door.history(), *past, as_of->seq, as_of->at, question, version);
        if (explanation) document = document_of(door, *key, *as_of, *explanation);
    };
    co_await door.history_thread().once(find);
    if (!past) {
        answer_problem(exchange, Rejection{Refusal::key_not_found, "", {to_text(*key)}});
        co_return;
    }
    if (version && !has_secret(past->state, *version)) {
        query.add_fault("secret", FieldProblem::not_one_of, {versions_of(past->state)});
        answer_problem(exchange, query.faults());
        co_return;
    }
    if (!document) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    door.note_read(exchange, *caller, query,
                   {.route = "/v1/keys/{id}/explanation", .until = as_of->seq, .of_key = *key});
    answer_json(exchange, 200, std::move(*document));
}

}  // namespace keyledger
