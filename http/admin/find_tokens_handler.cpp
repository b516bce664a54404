#include "http/admin/find_tokens_handler.hpp"

#include "http/admin/documents.hpp"
#include "http/admin/usage_json.hpp"
#include "ledger/base/json_writer.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace keyledger {

namespace asio = boost::asio;

namespace {

constexpr std::size_t tokens_per_turn = 64;
// Of one answer: the same token may be asked about again and again.
constexpr std::size_t answer_bytes_max = std::size_t{32} * 1024 * 1024;

struct Found {
    KeyState key;
    KeyUse use;
    std::uint32_t secret_version = 0;
};

// Nothing where no key has it that the caller may see.
std::optional<Found> find(const AdminDoor& door, const Caller& caller, const Digest& digest) {
    const ReadGuard reading = door.tables().read();
    const KeyEntry* entry = door.tables().find_digest(digest);
    if (!entry || is_bound_elsewhere(caller, entry->workspace.slug)) return {};
    Found found{*entry->state.load(), *entry->use.load(), 0};
    for (const Secret& secret : found.key.secrets) {
        if (secret.digest == digest) found.secret_version = secret.version;
    }
    return found;
}

void write_found(JsonWriter& writer, const Found& found, const UsageCounts& uses, Timestamp now) {
    writer.key("secretVersion");
    if (found.secret_version != 0) {
        writer.value(std::uint64_t{found.secret_version});
    } else {
        writer.value(nullptr);  // it ended so long ago that the key does not hold it any more
    }
    writer.key("key").begin_object();
    write_key_members(writer, found.key, found.use, now);
    writer.end_object();
    write_usage_counts(writer.key("usesLast24h"), uses);
}

void write_slice(JsonWriter& writer, const AdminDoor& door, const Caller& caller,
                 std::span<const Digest> digests) {
    std::vector<std::optional<Found>> all;
    std::vector<KeyId> keys;
    for (const Digest& digest : digests) {
        all.push_back(find(door, caller, digest));
        if (all.back()) keys.push_back(all.back()->key.id);
    }
    const auto uses = uses_of_last_day(door.history(), keys, door.now());
    for (std::size_t i = 0; i < digests.size(); ++i) {
        writer.begin_object().field("digest", "sha256:" + to_hex(view_of(digests[i])));
        if (all[i]) {
            write_found(writer, *all[i], uses.at(all[i]->key.id), door.now());
        } else {
            writer.field("key", nullptr);
        }
        writer.end_object();
    }
}

}  // namespace

asio::awaitable<void> find_tokens(AdminDoor& door, Exchange& exchange) {
    const std::optional<Caller> caller = co_await door.require("keys:read", exchange);
    if (!caller || !door.has_type(exchange, BodyType::json)) co_return;
    const Parsed<std::vector<Digest>> digests = parse_find_tokens(exchange.request.body);
    if (!digests) {
        answer_problem(exchange, digests.faults());
        co_return;
    }
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().key("items").begin_array();
    std::span<const Digest> left(*digests);
    const auto show_more = [&] {
        const std::size_t taken = std::min(left.size(), tokens_per_turn);
        write_slice(writer, door, *caller, left.first(taken));
        left = left.subspan(taken);
        return !left.empty() && body.size() <= answer_bytes_max;
    };
    co_await door.history_thread().run(show_more);
    if (body.size() > answer_bytes_max) {
        answer_problem(exchange, ApiError::too_large);
        co_return;
    }
    writer.end_array().end_object();
    append_header(exchange.response.headers, "Cache-Control", "no-store");
    answer_json(exchange, 200, std::move(body));
}

}  // namespace keyledger
