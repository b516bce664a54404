#include "projections/history.hpp"

#include "ledger/rules/evolve.hpp"
#include "ledger/stored/event_codec.hpp"
#include "projections/index_rows.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace keyledger {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t number_bytes = 8;

}  // namespace

std::optional<PastEvent> History::event(std::uint64_t seq) const {
    const std::optional<StoredEvent> stored = log_.read(seq);
    if (!stored) return {};
    std::optional<Event> event = decode(stored->leaf, stored->personal);
    if (!event) return {};
    return PastEvent{std::move(*event), leaf_hash(stored->leaf)};
}

std::vector<std::uint64_t> History::key_events(const KeyId& key, std::uint64_t from,
                                               std::size_t limit, KeyEvents which) const {
    std::vector<std::uint64_t> seqs;
    log_.rows(Family::history, history_row_key(key, from), history_row_key(key, no_end),
              [&](std::string_view row_key, std::string_view kind) {
                  if (which == KeyEvents::with_uses || kind == "L") {
                      seqs.push_back(load_u64(row_key.substr(row_key.size() - number_bytes)));
                  }
                  return seqs.size() < limit;
              });
    return seqs;
}

std::optional<PastKey> History::key_at(const KeyId& key, std::uint64_t seq) const {
    std::vector<std::uint64_t> seqs;
    log_.rows(Family::streams, stream_row_key(key, 0), stream_row_key(key, no_end),
              [&](std::string_view, std::string_view value) {
                  const std::uint64_t event_seq = load_u64(value);
                  if (event_seq <= seq) seqs.push_back(event_seq);
                  return event_seq <= seq;
              });
    std::optional<PastKey> past;
    for (const std::uint64_t event_seq : seqs) {
        const std::optional<PastEvent> read = event(event_seq);
        if (!read) return {};
        if (const auto* created = std::get_if<KeyCreated>(&read->event.body)) {
            past = PastKey{born(read->event.envelope, *created, read->leaf), {}};
        } else if (past) {
            evolve(past->state, read->event, read->leaf);
        }
    }
    if (past) past->use = use_at(past->state, seq);
    return past;
}

// Backwards from `seq`, until the newest valid use and the start of the quota's window are known.
KeyUse History::use_at(const KeyState& state, std::uint64_t seq) const {
    KeyUse use;
    const auto& quota = state.settings.quota;
    std::vector<std::uint64_t> uses;
    log_.rows_backward(Family::history, history_row_key(state.id, 0),
                       history_row_key(state.id, seq == no_end ? seq : seq + 1),
                       [&](std::string_view row_key, std::string_view kind) {
                           const auto at = load_u64(row_key.substr(row_key.size() - number_bytes));
                           use.last_seq = std::max(use.last_seq, at);
                           if (kind == "U") uses.push_back(at);
                           return uses.size() < uses_read_max;
                       });
    std::ranges::reverse(uses);
    for (const std::uint64_t at : uses) {
        const std::optional<PastEvent> read = event(at);
        if (!read) continue;
        for (const UseRow& row : std::get<KeysUsed>(read->event.body).rows) {
            if (row.key == state.id) evolve(use, row, quota ? &*quota : nullptr, at);
        }
    }
    use.last_seq = std::max(use.last_seq, state.seq);
    return use;
}

std::optional<std::uint64_t> History::seq_at(Timestamp time, std::uint64_t newest) const {
    std::uint64_t first_later = newest + 1;
    std::uint64_t low = 0;
    while (low < first_later) {
        const std::uint64_t middle = low + (first_later - low) / 2;
        const std::optional<PastEvent> read = event(middle);
        if (!read) return {};
        if (read->event.envelope.time <= time) {
            low = middle + 1;
        } else {
            first_later = middle;
        }
    }
    if (low == 0) return {};
    return low - 1;
}

std::vector<std::pair<Timestamp, UsageCounts>> History::usage(const KeyId& key, BucketWidth width,
                                                              Timestamp since, Timestamp until,
                                                              std::size_t limit) const {
    std::vector<std::pair<Timestamp, UsageCounts>> buckets;
    log_.rows(Family::usage, usage_row_key(key, width, since), usage_row_key(key, width, until),
              [&](std::string_view row_key, std::string_view value) {
                  const auto parsed = parse_usage_row_key(row_key);
                  const auto counts = decode_usage_counts(value);
                  if (parsed && counts) buckets.emplace_back(parsed->start, *counts);
                  return buckets.size() < limit;
              });
    return buckets;
}

}  // namespace keyledger
