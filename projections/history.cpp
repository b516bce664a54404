#include "projections/history.hpp"

#include "ledger/rules/evolve.hpp"
#include "ledger/stored/event_codec.hpp"
#include "projections/access_rows.hpp"
#include "projections/index_rows.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace keyledger {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t number_bytes = 8;

void go_on(PastKey& past, const PastEvent& read) {
    const Event& event = read.event;
    if (const auto* used = std::get_if<KeysUsed>(&event.body)) {
        const auto& quota = past.state.settings.quota;
        for (const UseRow& row : used->rows) {
            if (row.key != past.state.id) continue;
            evolve(past.use, row, quota ? &*quota : nullptr, event.envelope.seq);
        }
        return;
    }
    evolve(past.use, past.state, event);
    evolve(past.state, event, read.leaf);
}

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
    if (limit == 0) return seqs;
    if (which == KeyEvents::life_cycle) {
        // These are few; a key's uses, among which they stand in `history`, can be very many.
        log_.rows(Family::streams, stream_row_key(key, 0), stream_row_key(key, no_end),
                  [&](std::string_view, std::string_view seq) {
                      if (load_u64(seq) >= from) seqs.push_back(load_u64(seq));
                      return seqs.size() < limit;
                  });
        return seqs;
    }
    log_.rows(Family::history, history_row_key(key, from), history_row_key(key, no_end),
              [&](std::string_view row_key, std::string_view) {
                  seqs.push_back(load_u64(row_key.substr(row_key.size() - number_bytes)));
                  return seqs.size() < limit;
              });
    return seqs;
}

// Life-cycle events and uses in the order of the log, since each quota change looks at what was
// spent.
std::optional<PastKey> History::key_at(const KeyId& key, std::uint64_t seq) const {
    std::vector<std::uint64_t> seqs;
    log_.rows(Family::streams, stream_row_key(key, 0), stream_row_key(key, no_end),
              [&](std::string_view, std::string_view value) {
                  const std::uint64_t event_seq = load_u64(value);
                  if (event_seq <= seq) seqs.push_back(event_seq);
                  return event_seq <= seq;
              });
    if (seqs.empty()) return {};
    const auto life_cycle_end = static_cast<std::ptrdiff_t>(seqs.size());
    append_newest_uses(seqs, key, seq);
    std::ranges::inplace_merge(seqs, seqs.begin() + life_cycle_end);
    std::optional<PastKey> past;
    for (const std::uint64_t at : seqs) {
        const std::optional<PastEvent> read = event(at);
        if (!read) return {};
        if (const auto* created = std::get_if<KeyCreated>(&read->event.body)) {
            past = PastKey{born(read->event.envelope, *created, read->leaf), {}};
            past->use.last_seq = at;
        } else if (past) {
            go_on(*past, *read);
        }
    }
    return past;
}

// In ascending order.
void History::append_newest_uses(std::vector<std::uint64_t>& seqs, const KeyId& key,
                                 std::uint64_t until) const {
    const auto first = static_cast<std::ptrdiff_t>(seqs.size());
    std::size_t left = uses_read_max;
    log_.rows_backward(Family::history, history_row_key(key, 0),
                       history_row_key(key, until == no_end ? until : until + 1),
                       [&](std::string_view row_key, std::string_view kind) {
                           if (kind != "U") return true;
                           seqs.push_back(load_u64(row_key.substr(row_key.size() - number_bytes)));
                           return --left > 0;
                       });
    std::reverse(seqs.begin() + first, seqs.end());
}

std::optional<WorkspaceState> History::workspace_at(std::string_view slug,
                                                    std::uint64_t seq) const {
    std::optional<WorkspaceState> workspace;
    const std::string first = workspace_prefix(slug);
    const auto go_on = [&](std::string_view row_key, std::string_view) {
        const std::uint64_t at = load_u64(row_key.substr(first.size()));
        const std::optional<PastEvent> read = at <= seq ? event(at) : std::nullopt;
        if (!read) return false;
        if (!workspace) workspace.emplace();
        evolve(*workspace, read->event);
        return true;
    };
    log_.rows(Family::access, first, workspace_prefix_end(slug), go_on);
    return workspace;
}

std::vector<std::pair<std::uint64_t, EmptyScopes>> History::empty_scopes(std::string_view slug,
                                                                         std::uint64_t seq) const {
    std::vector<std::pair<std::uint64_t, EmptyScopes>> changes;
    const std::string first = workspace_prefix(slug);
    log_.rows(Family::access, first, workspace_prefix_end(slug),
              [&](std::string_view row_key, std::string_view value) {
                  const std::uint64_t at = load_u64(row_key.substr(first.size()));
                  if (at > seq) return false;
                  const EmptyScopes meaning = value == "a" ? EmptyScopes::all : EmptyScopes::none;
                  if (changes.empty() || changes.back().second != meaning) {
                      changes.emplace_back(at, meaning);
                  }
                  return true;
              });
    return changes;
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
    if (limit == 0) return buckets;
    // Row keys count whole seconds from 1970 on, and so do the buckets.
    const auto row_from = [&](Timestamp time) {
        return usage_row_key(key, width,
                             std::chrono::ceil<std::chrono::seconds>(std::max(time, Timestamp{})));
    };
    log_.rows(Family::usage, row_from(since), row_from(until),
              [&](std::string_view row_key, std::string_view value) {
                  const auto parsed = parse_usage_row_key(row_key);
                  const auto counts = decode_usage_counts(value);
                  if (parsed && counts) buckets.emplace_back(parsed->start, *counts);
                  return buckets.size() < limit;
              });
    return buckets;
}

}  // namespace keyledger
