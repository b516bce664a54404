#include "http/admin/event_query.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

constexpr std::size_t word_bytes_max = 128;
const std::string_view uses_type = type_name(KeysUsed{});

// Every type that an event can have, in the order of EventBody.
const auto type_names = []<std::size_t... index>(std::index_sequence<index...>) {
    return std::array{type_name(EventBody(std::in_place_index<index>))...};
}(std::make_index_sequence<std::variant_size_v<EventBody>>());

std::optional<KeyId> read_key_id(QueryReader& query, std::string_view name) {
    const std::optional<std::string> text = query.text(name, word_bytes_max);
    if (!text) return {};
    const std::optional<KeyId> id = parse_key_id(*text);
    if (!id) query.add_fault(name, FieldProblem::not_a_key_id);
    return id;
}

}  // namespace

EventFilter read_event_filter(QueryReader& query, Timestamp now) {
    EventFilter filter;
    filter.type = query.text("type", word_bytes_max);
    if (filter.type && std::ranges::find(type_names, *filter.type) == type_names.end()) {
        query.add_fault("type", FieldProblem::not_one_of,
                        {"KeyCreated, KeyRevoked, KeysUsed, ..."});
    }
    filter.workspace = query.text("workspace", word_bytes_max);
    filter.key = read_key_id(query, "key");
    filter.actor = read_key_id(query, "actor");
    filter.since = query.time("since", now);
    filter.until = query.time("until", now);
    return filter;
}

// Time never goes back from one event to the next.
EventSearch::EventSearch(const AdminDoor& door, EventFilter filter, std::uint64_t from)
    : door_(door), filter_(std::move(filter)), next_(from) {
    if (!filter_.since) return;
    const auto earlier =
        door_.history().seq_at(*filter_.since - Duration(1), door_.tables().applied());
    if (earlier) next_ = std::max(next_, *earlier + 1);
}

bool EventSearch::shows_row(const UseRow& row) const {
    if (filter_.key && row.key != *filter_.key) return false;
    if (!filter_.workspace && !filter_.bound_workspace) return true;
    const ReadGuard reading = door_.tables().read();
    const KeyEntry* entry = door_.tables().find_key(row.key);
    if (!entry) return false;
    const std::string& slug = entry->workspace.slug;
    return (!filter_.workspace || slug == *filter_.workspace) &&
           (!filter_.bound_workspace || slug == *filter_.bound_workspace);
}

bool EventSearch::matches(const Event& event) const {
    const Envelope& envelope = event.envelope;
    if (filter_.type && type_name(event.body) != *filter_.type) return false;
    if (filter_.since && envelope.time < *filter_.since) return false;
    const bool by_admin = envelope.actor.kind == ActorKind::admin_key;
    if (filter_.actor && !(by_admin && envelope.actor.id == *filter_.actor)) return false;
    if (const auto* used = std::get_if<KeysUsed>(&event.body)) {
        return std::ranges::any_of(used->rows, [&](const UseRow& row) { return shows_row(row); });
    }
    if (filter_.workspace && envelope.workspace != *filter_.workspace) return false;
    if (filter_.bound_workspace && envelope.workspace != *filter_.bound_workspace) return false;
    const KeyId* key = key_of(event.body);
    return !filter_.key || (key && *key == *filter_.key);
}

bool EventSearch::show(std::uint64_t seq, std::string& out) {
    const std::optional<PastEvent> past = door_.history().event(seq);
    if (!past) return false;
    is_over_ = filter_.until && past->event.envelope.time >= *filter_.until;
    if (is_over_ || !matches(past->event)) return false;
    append_event(out, past->event, past->leaf,
                 [this](const UseRow& row) { return shows_row(row); });
    return true;
}

// A key's events have an index of their own, and those of its life another.
EventSearch::Step EventSearch::step_along_key(std::uint64_t newest, std::string& out) {
    const bool without_uses = filter_.type && *filter_.type != uses_type;
    const std::vector<std::uint64_t> seqs =
        door_.history().key_events(*filter_.key, next_, events_per_slice,
                                   without_uses ? KeyEvents::life_cycle : KeyEvents::with_uses);
    for (const std::uint64_t seq : seqs) {
        if (seq > newest) break;
        next_ = seq + 1;
        if (show(seq, out)) return {seq, false};
        if (is_over_) return {{}, true};
    }
    const bool at_end = seqs.size() < events_per_slice || seqs.back() > newest;
    if (at_end) next_ = std::max(next_, newest + 1);
    return {{}, at_end};
}

EventSearch::Step EventSearch::step(std::uint64_t newest, std::string& out) {
    if (filter_.key) return step_along_key(newest, out);
    for (std::size_t looked = 0; looked < events_per_slice && next_ <= newest; ++looked) {
        const std::uint64_t seq = next_++;
        if (show(seq, out)) return {seq, false};
        if (is_over_) return {{}, true};
    }
    return {{}, next_ > newest};
}

}  // namespace keyledger
