#include "http/admin/ledger_handlers.hpp"

#include "http/query.hpp"
#include "ledger/base/json_writer.hpp"
#include "ledger/log/tree_reader.hpp"
#include "ledger/proof/receipt.hpp"
#include "ledger/proof/tiles.hpp"
#include "ledger/stored/event_codec.hpp"
#include "projections/export/event_json.hpp"

#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

namespace keyledger {

namespace asio = boost::asio;

namespace {

constexpr std::string_view text_type = "text/plain; charset=utf-8";
constexpr std::string_view bytes_type = "application/octet-stream";
// A newer one may come within the second.
constexpr std::string_view kept_briefly = "public, max-age=1";
// What stands at a place once stands there for ever.
constexpr std::string_view kept_for_ever = "public, max-age=31536000, immutable";
constexpr std::string_view kept_for_ever_by_the_asker = "private, max-age=31536000, immutable";
// Of events that no checkpoint covers yet, each is read and hashed for a proof: the next checkpoint
// is at most a second away.
constexpr std::uint64_t uncovered_events_max = 4096;

void answer_kept(Exchange& exchange, std::string_view type, std::string_view cache_control,
                 std::string body) {
    exchange.response.content_type = type;
    append_header(exchange.response.headers, "Cache-Control", cache_control);
    exchange.response.body = std::move(body);
}

// Digits alone; nothing if it is no seq.
std::optional<std::uint64_t> parse_seq(std::string_view text) {
    std::uint64_t seq = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
    if (error != std::errc() || stop != text.data() + text.size()) return {};
    return seq;
}

void write_hashes(JsonWriter& writer, const Proof& hashes) {
    writer.key("hashes").begin_array();
    for (const Digest& hash : hashes) writer.value(std::string_view(to_base64(view_of(hash))));
    writer.end_array();
}

bool wants_json(const Request& request) {
    return header(request, "Accept").value_or("").find(json_content_type) != std::string_view::npos;
}

std::optional<std::uint64_t> required_number(QueryReader& query, std::string_view name) {
    if (!query.has(name)) query.add_fault(name, FieldProblem::missing_field);
    return query.whole_number(name, 0, std::numeric_limits<std::uint64_t>::max());
}

void blame(QueryReader& query, std::string_view name, std::uint64_t least, std::uint64_t greatest) {
    query.add_fault(name, FieldProblem::out_of_range,
                    {std::to_string(least), std::to_string(greatest)});
}

}  // namespace

void LedgerHandlers::checkpoint(Exchange& exchange) const {
    const Published published = sources_.signer.published();
    if (published->note.empty()) return answer_unavailable(exchange, ApiError::unavailable);
    answer_kept(exchange, text_type, kept_briefly, published->note);
}

void LedgerHandlers::key(Exchange& exchange) const {
    answer_kept(exchange, text_type, kept_briefly, to_text(sources_.keys.front()) + "\n");
}

void LedgerHandlers::policy(Exchange& exchange) const {
    std::string text;
    for (const VerifierKey& key : sources_.keys) text += "log " + to_text(key) + "\n";
    text += "quorum none\n";
    answer_kept(exchange, text_type, kept_briefly, std::move(text));
}

// The newest checkpoint, if the log is the one that it speaks of; else 503 is answered.
LedgerHandlers::Published LedgerHandlers::provable(Exchange& exchange) const {
    Published published = sources_.signer.published();
    if (published->note.empty() || published->tree.head() != published->head) {
        answer_unavailable(exchange, ApiError::unavailable);
        return nullptr;
    }
    return published;
}

// False, and 503 is answered, if too much must be read for it as long as no checkpoint covers it.
bool LedgerHandlers::may_be_proved(Exchange& exchange, const PublishedCheckpoint& under,
                                   std::uint64_t size) const {
    if (size <= under.head.size + uncovered_events_max) return true;
    answer_unavailable(exchange, ApiError::unavailable);
    return false;
}

void LedgerHandlers::inclusion(Exchange& exchange) const {
    const Published published = provable(exchange);
    if (!published) return;
    const std::uint64_t newest = door_.tables().applied() + 1;
    QueryReader query(exchange.request.query, {"seq", "size"});
    const auto seq = required_number(query, "seq");
    // Where the newest checkpoint does not cover the event yet, the next one will.
    const std::uint64_t usual = seq && *seq >= published->head.size ? newest : published->head.size;
    const auto asked = query.whole_number("size", 1, newest);
    const std::uint64_t size = asked.value_or(usual);
    if (seq && *seq >= size) blame(query, "seq", 0, size - 1);
    if (!query.faults().empty()) return answer_problem(exchange, query.faults());
    if (!may_be_proved(exchange, *published, size)) return;
    TreeReader tree(sources_.log, published->tree);
    const auto read = [&](Subtree subtree) { return tree.subtree(subtree); };
    const std::optional<Digest> leaf = read({0, *seq});
    const std::optional<Proof> proof = inclusion_proof({*seq, size}, read);
    if (!leaf || !proof) return answer_problem(exchange, ApiError::internal);
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().field("seq", *seq).field("size", size);
    writer.field("leafHash", std::string_view(to_base64(view_of(*leaf))));
    write_hashes(writer, *proof);
    writer.end_object();
    append_header(exchange.response.headers, "Cache-Control", asked ? kept_for_ever : kept_briefly);
    answer_json(exchange, 200, std::move(body));
}

void LedgerHandlers::consistency(Exchange& exchange) const {
    const Published published = provable(exchange);
    if (!published) return;
    const std::uint64_t newest = door_.tables().applied() + 1;
    QueryReader query(exchange.request.query, {"from", "to"});
    const auto from = required_number(query, "from");
    const auto asked = query.whole_number("to", 0, newest);
    const std::uint64_t to = asked.value_or(published->head.size);
    if (from && *from > to) blame(query, "from", 0, to);
    if (!query.faults().empty()) return answer_problem(exchange, query.faults());
    if (!may_be_proved(exchange, *published, to)) return;
    TreeReader tree(sources_.log, published->tree);
    const std::optional<Proof> proof =
        consistency_proof({*from, to}, [&](Subtree subtree) { return tree.subtree(subtree); });
    if (!proof) return answer_problem(exchange, ApiError::internal);
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().field("from", *from).field("to", to);
    write_hashes(writer, *proof);
    writer.end_object();
    append_header(exchange.response.headers, "Cache-Control", asked ? kept_for_ever : kept_briefly);
    answer_json(exchange, 200, std::move(body));
}

// 404 is answered where there is no such event.
std::optional<std::uint64_t> LedgerHandlers::seq_in_path(Exchange& exchange) const {
    const auto seq = parse_seq(exchange.captures.front());
    if (seq && *seq <= door_.tables().applied()) return seq;
    answer_problem(exchange, ApiError::not_found);
    return {};
}

// An event's bytes; 403 is answered if they are of a workspace that the caller is kept out of, as
// uses are, which speak of all.
std::optional<std::string> LedgerHandlers::readable_leaf(Exchange& exchange, const Caller& caller,
                                                         std::uint64_t seq) const {
    std::optional<StoredEvent> stored = sources_.log.read(seq);
    // What the tree beside it does not hold, or holds otherwise, is no event of this ledger's.
    const Published published = sources_.signer.published();
    TreeReader tree(sources_.log, published->tree);
    const std::optional<Digest> leaf_in_tree = tree.subtree({0, seq});
    if (!stored || leaf_in_tree != leaf_hash(stored->leaf)) {
        answer_problem(exchange, ApiError::internal);
        return {};
    }
    if (caller.authority.bound_workspace) {
        const std::optional<Event> event = decode(stored->leaf, stored->personal);
        if (!event || is_bound_elsewhere(caller, event->envelope.workspace)) {
            answer_problem(exchange, Rejection{Refusal::beyond_authority});
            return {};
        }
    }
    return std::move(stored->leaf);
}

asio::awaitable<void> LedgerHandlers::entry(Exchange& exchange) const {
    const std::optional<Caller> caller = co_await door_.require("events:read", exchange);
    if (!caller) co_return;
    const std::optional<std::uint64_t> seq = seq_in_path(exchange);
    if (!seq) co_return;
    std::optional<std::string> leaf = readable_leaf(exchange, *caller, *seq);
    if (!leaf) co_return;
    const QueryReader query(exchange.request.query, {});
    door_.note_read(
        exchange, *caller, query,
        {.route = "/v1/ledger/entries/{seq}", .from = *seq, .until = *seq, .events = 1});
    if (!wants_json(exchange.request)) {
        answer_kept(exchange, bytes_type, kept_for_ever_by_the_asker, std::move(*leaf));
        co_return;
    }
    const std::optional<PastEvent> past = door_.history().event(*seq);
    if (!past) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    std::string body;
    append_event(body, past->event, past->leaf);
    answer_json(exchange, 200, std::move(body));
}

asio::awaitable<void> LedgerHandlers::receipt(Exchange& exchange) const {
    const std::optional<Caller> caller = co_await door_.require("events:read", exchange);
    if (!caller) co_return;
    const std::optional<std::uint64_t> seq = seq_in_path(exchange);
    if (!seq) co_return;
    const Published published = provable(exchange);
    if (!published) co_return;
    std::optional<std::string> leaf = readable_leaf(exchange, *caller, *seq);
    if (!leaf) co_return;
    if (*seq >= published->head.size) {
        // It is committed; a checkpoint over it comes within the second.
        append_header(exchange.response.headers, "Retry-After", "1");
        append_header(exchange.response.headers, "Cache-Control", "no-store");
        exchange.response.status = 202;
        co_return;
    }
    TreeReader tree(sources_.log, published->tree);
    std::optional<Proof> proof = inclusion_proof(
        {*seq, published->head.size}, [&](Subtree subtree) { return tree.subtree(subtree); });
    if (!proof) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    const ProofReceipt receipt{.extra = std::move(*leaf),
                               .index = *seq,
                               .hashes = std::move(*proof),
                               .checkpoint = published->note};
    answer_kept(exchange, text_type, "private, no-cache", to_text(receipt));
}

asio::awaitable<void> LedgerHandlers::tile(Exchange& exchange) const {
    const std::optional<Tile> asked = parse_tile_path(exchange.request.path);
    const bool entries = asked && asked->kind == TileKind::entries;
    if (entries) {
        const std::optional<Caller> caller = co_await door_.require("events:read", exchange);
        if (!caller) co_return;
        if (caller->authority.bound_workspace) {
            answer_problem(exchange, Rejection{Refusal::beyond_authority});
            co_return;
        }
    }
    const Published published = provable(exchange);
    if (!published) co_return;
    if (!asked || !is_inside(*asked, published->head.size)) {
        answer_problem(exchange, ApiError::not_found);
        co_return;
    }
    TreeReader tree(sources_.log, published->tree);
    std::optional<std::string> bytes = tree.tile(*asked);
    if (!bytes) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    answer_kept(exchange, bytes_type, entries ? kept_for_ever_by_the_asker : kept_for_ever,
                std::move(*bytes));
}

}  // namespace keyledger
