// The doors of an incident: many keys revoked at once, or whichever keys some tokens belong to.

#include "http/admin/key_handlers.hpp"
#include "http/admin/usage_json.hpp"
#include "ledger/base/json_writer.hpp"
#include "projections/export/value_json.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace keyledger {

namespace asio = boost::asio;

namespace {

constexpr std::size_t keys_per_slice = 512;  // shown before other readers get a turn

template <class Item>
std::span<const Item> slice_of(const std::vector<Item>& items, std::size_t first) {
    return std::span(items).subspan(first, std::min(keys_per_slice, items.size() - first));
}

// When a key was last used, and how often of late: what an incident asks.
void write_uses(JsonWriter& writer, const std::optional<Timestamp>& last_used_at,
                const UsageCounts& uses) {
    writer.field("lastUsedAt", last_used_at);
    write_usage_counts(writer.key("usesLast24h"), uses);
}

void write_revoked(JsonWriter& writer, const PastKey& key, const UsageCounts& uses, Timestamp now) {
    writer.begin_object().field("id", to_text(key.state.id));
    writer.field("status", to_text(status_of(key.state, now)));
    write_text_or_null(writer.key("name"), key.state.settings.name);
    write_text_or_null(writer.key("owner"), key.state.settings.owner);
    write_uses(writer, key.use.last_used_at, uses);
    writer.end_object();
}

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
    std::vector<KeyId> keys;
    const auto find = [&] { keys = keys_of(*receipt); };
    co_await door_.history_thread().once(find);
    std::string answer;
    JsonWriter writer(answer);
    writer.begin_object().field("revoked", receipt->events).key("items").begin_array();
    std::size_t shown = 0;
    const auto show_more = [&] {
        const std::span<const KeyId> slice = slice_of(keys, shown);
        const auto uses = uses_of_last_day(door_.history(), slice, door_.now());
        for (const KeyId& key : slice) {
            const std::optional<PastKey> past = door_.key_at(key, receipt->seq);
            if (past) write_revoked(writer, *past, uses.at(key), door_.now());
        }
        shown += slice.size();
        return shown < keys.size();
    };
    co_await door_.history_thread().run(show_more);
    writer.end_array().end_object();
    answer_json(exchange, 200, std::move(answer));
}

// Of a command's events, in their order.
std::vector<KeyId> KeyHandlers::keys_of(const Receipt& receipt) const {
    std::vector<KeyId> keys;
    for (std::uint64_t i = 0; i < receipt.events; ++i) {
        const std::optional<PastEvent> event = door_.history().event(receipt.first_seq + i);
        if (const KeyId* key = event ? key_of(event->event.body) : nullptr) keys.push_back(*key);
    }
    return keys;
}

// For a repeat of a request that was answered: from its events, and from what its keys were then.
// Of the digests that name a key, the first is said to have revoked it, and is taken off `revoked`.
DigestResult KeyHandlers::result_again(const Digest& digest, const Caller& caller,
                                       const Receipt& receipt, std::set<KeyId>& revoked) const {
    using Kind = DigestResult::Kind;
    std::optional<KeyId> id;
    {
        const ReadGuard reading = door_.tables().read();
        const KeyEntry* entry = door_.tables().find_digest(digest);
        if (entry && !is_bound_elsewhere(caller, entry->workspace.slug)) id = entry->id;
    }
    const std::optional<PastKey> past = id ? door_.key_at(*id, receipt.seq) : std::nullopt;
    if (!past) return {Kind::unknown, {}};
    if (revoked.erase(*id) > 0) return {Kind::revoked, id};
    return {past->state.revoked_at ? Kind::already_revoked : Kind::refused, id};
}

std::vector<DigestResult> KeyHandlers::results_of(const std::vector<Digest>& digests,
                                                  const Caller& caller,
                                                  const Receipt& receipt) const {
    if (receipt.digests.size() == digests.size()) return receipt.digests;
    const std::vector<KeyId> keys = keys_of(receipt);
    std::set<KeyId> revoked(keys.begin(), keys.end());
    std::vector<DigestResult> results;
    for (const Digest& digest : digests) {
        results.push_back(result_again(digest, caller, receipt, revoked));
    }
    return results;
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
    std::vector<DigestResult> results;
    const auto find = [&] { results = results_of(digests, *caller, *receipt); };
    co_await door_.history_thread().once(find);
    std::string answer;
    JsonWriter writer(answer);
    writer.begin_object().key("items").begin_array();
    std::size_t shown = 0;
    const auto show_more = [&] {
        const std::span<const DigestResult> slice = slice_of(results, shown);
        std::vector<KeyId> keys;
        for (const DigestResult& result : slice) {
            if (result.key) keys.push_back(*result.key);
        }
        const auto uses = uses_of_last_day(door_.history(), keys, door_.now());
        for (std::size_t i = 0; i < slice.size(); ++i) {
            const std::optional<KeyId>& key = slice[i].key;
            writer.begin_object();
            writer.field("digest", "sha256:" + to_hex(view_of(digests[shown + i])));
            write_text_or_null(writer.key("keyId"), key ? to_text(*key) : std::string());
            writer.field("result", to_text(slice[i].kind));
            if (key) {
                const std::optional<PastKey> past = door_.key_at(*key, receipt->seq);
                write_uses(writer, past ? past->use.last_used_at : std::nullopt, uses.at(*key));
            }
            writer.end_object();
        }
        shown += slice.size();
        return shown < results.size();
    };
    co_await door_.history_thread().run(show_more);
    writer.end_array().end_object();
    answer_json(exchange, 200, std::move(answer));
}

}  // namespace keyledger
