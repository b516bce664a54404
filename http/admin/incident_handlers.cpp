// The doors of an incident: many keys revoked at once, or whichever keys some tokens belong to.

#include "http/admin/key_handlers.hpp"
#include "http/admin/usage_json.hpp"
#include "ledger/base/json_writer.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace keyledger {

namespace asio = boost::asio;

namespace {

constexpr std::size_t keys_per_slice = 64;  // shown before others get a turn

std::string_view to_text(DigestResult::Kind kind) {
    switch (kind) {
        case DigestResult::Kind::revoked:
            return "revoked";
        case DigestResult::Kind::already_revoked:
            return "already_revoked";
        case DigestResult::Kind::unknown:
            return "unknown";
        case DigestResult::Kind::refused:
            return "last_administrator";
    }
    return "";
}

}  // namespace

asio::awaitable<void> KeyHandlers::revoke_many(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:write", exchange);
    if (!caller || !door_.workspace_in_path(exchange, *caller)) co_return;
    if (!door_.has_type(exchange, BodyType::json)) co_return;
    Parsed<RevokeKeysBody> body = parse_revoke_keys(exchange.request.body);
    if (!body) {
        answer_problem(exchange, body.faults());
        co_return;
    }
    Command command =
        RevokeKeys{exchange.captures.front(), std::move(body->owner), std::move(body->keys)};
    const auto receipt =
        co_await door_.submit(exchange, *caller, std::move(command), std::move(body->remarks));
    if (!receipt) co_return;
    const Timestamp now = door_.now();
    std::string answer;
    JsonWriter writer(answer);
    writer.begin_object().field("revoked", receipt->events).key("items").begin_array();
    for (std::uint64_t i = 0; i < receipt->events; ++i) {
        const std::optional<PastEvent> event = door_.history().event(receipt->first_seq + i);
        const KeyId* key = event ? key_of(event->event.body) : nullptr;
        const std::optional<PastKey> past = key ? door_.key_at(*key, receipt->seq) : std::nullopt;
        if (!past) continue;
        writer.begin_object();
        writer.field("id", std::string_view(to_text(*key)));
        writer.field("owner", past->state.settings.owner.empty()
                                  ? std::optional<std::string_view>{}
                                  : std::optional<std::string_view>{past->state.settings.owner});
        write_uses(writer, *key, &past->use, now);
        writer.end_object();
        if (i % keys_per_slice == keys_per_slice - 1) co_await asio::post(asio::use_awaitable);
    }
    writer.end_array().end_object();
    answer_json(exchange, 200, std::move(answer));
}

// When the key was last used, and how often of late: what an incident asks.
void KeyHandlers::write_uses(JsonWriter& writer, const KeyId& key, const KeyUse* use,
                             Timestamp now) const {
    writer.field("lastUsedAt", use ? use->last_used_at : std::nullopt);
    write_usage_counts(writer.key("usesLast24h"), uses_of_last_day(door_.history(), key, now));
}

// The keys that the events of a command revoked.
std::set<KeyId> KeyHandlers::revoked_by(const Receipt& receipt) const {
    std::set<KeyId> revoked;
    for (std::uint64_t i = 0; i < receipt.events; ++i) {
        const std::optional<PastEvent> event = door_.history().event(receipt.first_seq + i);
        if (const KeyId* key = event ? key_of(event->event.body) : nullptr) revoked.insert(*key);
    }
    return revoked;
}

// For a repeat of a request that was answered: from its events, and from what has not changed
// since.
DigestResult KeyHandlers::result_again(const Digest& digest, const std::set<KeyId>& revoked) const {
    using Kind = DigestResult::Kind;
    const ReadGuard reading = door_.tables().read();
    const KeyEntry* entry = door_.tables().find_digest(digest);
    if (!entry) return {Kind::unknown, {}};
    if (revoked.contains(entry->id)) return {Kind::revoked, entry->id};
    return {entry->state.load()->revoked_at ? Kind::already_revoked : Kind::refused, entry->id};
}

asio::awaitable<void> KeyHandlers::revoke_tokens(Exchange& exchange) {
    const std::optional<Caller> caller = co_await door_.require("keys:write", exchange);
    if (!caller || !door_.has_type(exchange, BodyType::json)) co_return;
    Parsed<RevokeTokensBody> body = parse_revoke_tokens(exchange.request.body);
    if (!body) {
        answer_problem(exchange, body.faults());
        co_return;
    }
    const std::vector<Digest> digests = body->digests;
    Command command = RevokeDigests{std::move(body->digests)};
    const auto receipt =
        co_await door_.submit(exchange, *caller, std::move(command), std::move(body->remarks));
    if (!receipt) co_return;
    const Timestamp now = door_.now();
    std::string answer;
    JsonWriter writer(answer);
    const std::set<KeyId> revoked = revoked_by(*receipt);
    writer.begin_object().key("items").begin_array();
    for (std::size_t i = 0; i < digests.size(); ++i) {
        std::optional<DigestResult> result;
        if (i < receipt->digests.size()) result = receipt->digests[i];
        if (!result) result = result_again(digests[i], revoked);
        writer.begin_object();
        writer.field("digest", std::string_view("sha256:" + to_hex(view_of(digests[i]))));
        writer.key("keyId");
        result->key ? writer.value(std::string_view(to_text(*result->key))) : writer.value(nullptr);
        writer.field("result", to_text(result->kind));
        if (result->key) {
            const std::optional<PastKey> past = door_.key_at(*result->key, receipt->seq);
            write_uses(writer, *result->key, past ? &past->use : nullptr, now);
        }
        writer.end_object();
        if (i % keys_per_slice == keys_per_slice - 1) co_await asio::post(asio::use_awaitable);
    }
    writer.end_array().end_object();
    answer_json(exchange, 200, std::move(answer));
}

}  // namespace keyledger
