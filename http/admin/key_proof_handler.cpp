// GET /v1/keys/{id}/events?proof=true (declared in ledger_handlers.hpp).

#include "http/admin/ledger_handlers.hpp"
#include "http/query.hpp"
#include "ledger/base/json_writer.hpp"
#include "ledger/log/tree_reader.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace keyledger {

namespace asio = boost::asio;

namespace {

// What one answer may hold; a key with more is read in an export.
constexpr std::size_t proved_events_max = 10'000;
constexpr std::size_t proved_bytes_max = std::size_t{16} * 1024 * 1024;
constexpr std::size_t events_per_turn = 64;

void write_hashes(JsonWriter& writer, const Proof& hashes) {
    writer.key("hashes").begin_array();
    for (const Digest& hash : hashes) writer.value(std::string_view(to_base64(view_of(hash))));
    writer.end_array();
}

void write_entry(JsonWriter& writer, const ProvedEntry& entry) {
    writer.field("seq", entry.seq);
    writer.field("entry", std::string_view(to_base64(entry.leaf)));
    write_hashes(writer, entry.hashes);
}

// Makes the proofs under one checkpoint. Lives on one thread.
class Prover {
public:
    Prover(const EventLog& log, const PublishedCheckpoint& under)
        : log_(log), under_(under), tree_(log, under.tree) {}

    std::optional<ProvedEntry> entry(std::uint64_t seq) {
        std::optional<StoredEvent> stored = log_.read(seq);
        std::optional<Proof> hashes = inclusion_proof(
            {seq, under_.head.size}, [this](Subtree subtree) { return tree_.subtree(subtree); });
        if (!stored || !hashes || tree_.subtree({0, seq}) != leaf_hash(stored->leaf)) return {};
        return ProvedEntry{seq, std::move(stored->leaf), std::move(*hashes)};
    }

private:
    const EventLog& log_;
    const PublishedCheckpoint& under_;
    TreeReader tree_;
};

void write_tip(JsonWriter& writer, const StreamHeads& heads, std::uint64_t position) {
    const StreamTip& tip = heads.tip(position);
    writer.begin_object().field("keyId", std::string_view(to_text(tip.key)));
    writer.field("revision", tip.revision).field("lastSeq", tip.last_seq);
    writer.field("total", tip.total).field("position", position);
    write_hashes(writer, heads.proof(position));
    writer.end_object();
}

// The key's own head, or those on either side of where it would stand.
void write_tips(JsonWriter& writer, const StreamHeads& heads, const KeyId& key) {
    writer.key("heads").begin_array();
    const std::uint64_t position = heads.position_of(key);
    const bool is_there = position < heads.keys() && heads.tip(position).key == key;
    if (!is_there && position > 0) write_tip(writer, heads, position - 1);
    if (position < heads.keys()) write_tip(writer, heads, position);
    writer.end_array();
}

void answer_not_covered_yet(Exchange& exchange) {
    append_header(exchange.response.headers, "Retry-After", "1");
    append_header(exchange.response.headers, "Cache-Control", "no-store");
    exchange.response.status = 202;
}

}  // namespace

// Uses stand in one event with those of other keys, and the proof that there is no key names two
// others: not for who is bound to a workspace.
bool LedgerHandlers::may_read_proof(Exchange& exchange, const Caller& caller,
                                    bool with_uses) const {
    if (!caller.authority.bound_workspace) return true;
    if (!door_.key_in_path(exchange, caller)) return false;
    if (!with_uses) return true;
    answer_problem(exchange, Rejection{Refusal::beyond_authority});
    return false;
}

asio::awaitable<void> LedgerHandlers::key_proof(Exchange& exchange) const {
    const std::optional<Caller> caller = co_await door_.require("events:read", exchange);
    if (!caller) co_return;
    QueryReader query(exchange.request.query, {"proof", "uses"});
    query.boolean("proof");
    const bool with_uses = query.boolean("uses").value_or(false);
    if (!query.faults().empty()) {
        answer_problem(exchange, query.faults());
        co_return;
    }
    const std::optional<KeyId> key = parse_key_id(exchange.captures.front());
    if (!key) {
        answer_problem(exchange, Rejection{Refusal::key_not_found});
        co_return;
    }
    if (!may_read_proof(exchange, *caller, with_uses)) co_return;
    const Published published = provable(exchange);
    if (!published) co_return;
    const std::shared_ptr<const SealedHeads> sealed = sources_.sealer.sealed(published->head.size);
    if (!sealed) {
        answer_not_covered_yet(exchange);
        co_return;
    }
    const KeyEvents which = with_uses ? KeyEvents::with_uses : KeyEvents::life_cycle;
    std::vector<std::uint64_t> seqs;
    Prover prover(sources_.log, *published);
    std::optional<ProvedEntry> seal;
    const auto find = [&] {
        seqs = door_.history().key_events(*key, 0, proved_events_max + 1, which);
        std::erase_if(seqs, [&](std::uint64_t seq) { return seq >= published->head.size; });
        seal = prover.entry(sealed->seq);
    };
    co_await door_.history_thread().once(find);
    std::string body;
    JsonWriter writer(body);
    writer.begin_object().field("keyId", std::string_view(to_text(*key)));
    writer.field("size", published->head.size).field("withUses", with_uses);
    writer.field("checkpoint", std::string_view(published->note));
    writer.key("items").begin_array();
    std::size_t shown = 0;
    const auto prove_more = [&] {
        const std::size_t end = std::min(seqs.size(), shown + events_per_turn);
        for (; seal && shown < end; ++shown) {
            const std::optional<ProvedEntry> entry = prover.entry(seqs[shown]);
            if (!entry) return false;
            writer.begin_object();
            write_entry(writer, *entry);
            writer.end_object();
        }
        return shown < seqs.size() && body.size() <= proved_bytes_max;
    };
    if (seqs.size() <= proved_events_max) co_await door_.history_thread().run(prove_more);
    if (seqs.size() > proved_events_max || body.size() > proved_bytes_max) {
        answer_problem(exchange, ApiError::too_large);
        co_return;
    }
    if (!seal || shown < seqs.size()) {
        answer_problem(exchange, ApiError::internal);
        co_return;
    }
    writer.end_array().key("seal").begin_object();
    write_entry(writer, *seal);
    writer.field("atSeq", sealed->at_seq).field("keys", sealed->heads->keys());
    write_tips(writer, *sealed->heads, *key);
    writer.end_object().end_object();
    door_.note_read(exchange, *caller, query,
                    {.route = "/v1/keys/{id}/events",
                     .from = 0,
                     .until = published->head.size - 1,
                     .of_key = *key,
                     .events = shown});
    append_header(exchange.response.headers, "Cache-Control", "private, no-cache");
    answer_json(exchange, 200, std::move(body));
}

}  // namespace keyledger
