#include "projections/history.hpp"

#include "ledger/rules/evolve.hpp"
#include "ledger/stored/event_codec.hpp"
#include "projections/access_rows.hpp"
#include "projections/index_rows.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>

namespace keyledger {
namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t number_bytes = 8;
// Among so many uses there is most often a valid one.
constexpr std::size_t few_uses = 8;

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

auto only(const KeyId& key) {
    return [&key](const KeyId& other) { return other == key; };
}

// Row keys count whole seconds from 1970 on, and so do the buckets.
std::string usage_rows_from(const KeyId& key, BucketWidth width, Timestamp time) {
    return usage_row_key(key, width,
                         std::chrono::ceil<std::chrono::seconds>(std::max(time, Timestamp{})));
}

}  // namespace

std::optional<PastEvent> History::event(std::uint64_t seq) const {
    const std::optional<StoredEvent> stored = log_.read(seq);
    if (!stored) return {};
    std::optional<Event> event = decode(stored->leaf, stored->personal);
    if (!event) return {};
    return PastEvent{std::move(*event), leaf_hash(stored->leaf)};
}

template <class Wanted>
std::vector<RecordedUse> History::with_tail(const Wanted& wanted,
                                            const std::function<void()>& read_rows) const {
    for (;;) {
        const UseTail::Blocks blocks = tail_.blocks();
        const std::uint64_t end = use_rows_end(log_);
        read_rows();
        if (use_rows_end(log_) != end) continue;
        std::vector<RecordedUse> uses;
        for (const auto& block : blocks) {
            for (const RecordedUse& use : *block) {
                if (use.seq >= end && wanted(use.key)) uses.push_back(use);
            }
        }
        return uses;
    }
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
    const std::vector<RecordedUse> newest = with_tail(only(key), [&] {
        seqs.clear();
        log_.rows(Family::history, history_row_key(key, from), history_row_key(key, no_end),
                  [&](std::string_view row_key, std::string_view) {
                      seqs.push_back(load_u64(row_key.substr(row_key.size() - number_bytes)));
                      return seqs.size() < limit;
                  });
    });
    const auto rows_end = static_cast<std::ptrdiff_t>(seqs.size());
    for (const RecordedUse& use : newest) {
        if (use.seq >= from) seqs.push_back(use.seq);
    }
    // Life-cycle events have their rows at once, so that some are newer than the tail's first.
    std::ranges::inplace_merge(seqs, seqs.begin() + rows_end);
    seqs.erase(std::unique(seqs.begin(), seqs.end()), seqs.end());
    if (seqs.size() > limit) seqs.resize(limit);
    return seqs;
}

std::vector<std::uint64_t> History::life_cycle(const KeyId& key, std::uint64_t until) const {
    std::vector<std::uint64_t> seqs;
    log_.rows(Family::streams, stream_row_key(key, 0), stream_row_key(key, no_end),
              [&](std::string_view, std::string_view value) {
                  const std::uint64_t seq = load_u64(value);
                  if (seq <= until) seqs.push_back(seq);
                  return seq <= until;
              });
    return seqs;
}

std::optional<PastKey> History::told(std::span<const std::uint64_t> seqs, bool& had_quota) const {
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
        had_quota = had_quota || (past && past->state.settings.quota);
    }
    return past;
}

// Each change of a quota looks at what was spent: then its uses are told in between, in the log's
// order. Else the newest ones say all.
std::optional<PastKey> History::key_at(const KeyId& key, std::uint64_t seq) const {
    std::vector<std::uint64_t> seqs = life_cycle(key, seq);
    bool had_quota = false;
    std::optional<PastKey> past = told(seqs, had_quota);
    if (!past) return {};
    if (!had_quota) {
        if (!tell_last_use(*past, seq, few_uses)) tell_last_use(*past, seq, uses_read_max);
        return past;
    }
    const std::vector<std::uint64_t> uses = newest_uses(key, seq, uses_read_max);
    const auto life_cycle_end = static_cast<std::ptrdiff_t>(seqs.size());
    seqs.insert(seqs.end(), uses.begin(), uses.end());
    std::ranges::inplace_merge(seqs, seqs.begin() + life_cycle_end);
    return told(seqs, had_quota);
}

// An event holds no use that is later than itself: once one is older than the last valid use that
// was found, no older event has a later one.
bool History::tell_last_use(PastKey& past, std::uint64_t until, std::size_t limit) const {
    const std::vector<std::uint64_t> seqs = newest_uses(past.state.id, until, limit);
    KeyUse use;
    bool is_settled = false;
    for (auto seq = seqs.rbegin(); seq != seqs.rend(); ++seq) {
        const std::optional<PastEvent> read = event(*seq);
        const auto* used = read ? std::get_if<KeysUsed>(&read->event.body) : nullptr;
        if (!used) return true;
        is_settled = use.last_used_at && read->event.envelope.time < *use.last_used_at;
        if (is_settled) break;
        for (const UseRow& row : used->rows) {
            if (row.key != past.state.id) continue;
            use.total = std::max(use.total, row.total);
            if (row.outcome != Outcome::valid) continue;
            use.last_used_at = use.last_used_at ? std::max(*use.last_used_at, row.last) : row.last;
        }
    }
    past.use.total = use.total;
    past.use.last_used_at = use.last_used_at;
    if (!seqs.empty()) past.use.last_seq = std::max(past.use.last_seq, seqs.back());
    return is_settled || seqs.size() < limit;
}

// In ascending order.
std::vector<std::uint64_t> History::newest_uses(const KeyId& key, std::uint64_t until,
                                                std::size_t limit) const {
    std::vector<std::uint64_t> found;  // the newest first
    const std::vector<RecordedUse> newest = with_tail(only(key), [&] {
        found.clear();
        log_.rows_backward(
            Family::history, history_row_key(key, 0),
            history_row_key(key, until == no_end ? until : until + 1),
            [&](std::string_view row_key, std::string_view kind) {
                if (kind != "U") return true;
                found.push_back(load_u64(row_key.substr(row_key.size() - number_bytes)));
                return found.size() < limit;
            });
    });
    std::reverse(found.begin(), found.end());
    for (const RecordedUse& use : newest) {
        if (use.seq <= until && (found.empty() || found.back() != use.seq))
            found.push_back(use.seq);
    }
    if (found.size() > limit)
        found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(limit));
    return found;
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
    std::map<Timestamp, UsageCounts> found;
    const std::vector<RecordedUse> newest = with_tail(only(key), [&] {
        found.clear();
        log_.rows(Family::usage, usage_rows_from(key, width, since),
                  usage_rows_from(key, width, until),
                  [&](std::string_view row_key, std::string_view value) {
                      const auto parsed = parse_usage_row_key(row_key);
                      const auto counts = decode_usage_counts(value);
                      if (parsed && counts) found.emplace(parsed->start, *counts);
                      return found.size() < limit;
                  });
    });
    for (const RecordedUse& use : newest) {
        const Timestamp start = bucket_start(use.last, width);
        if (start >= since && start < until) add(found[start], use);
    }
    for (const auto& [start, counts] : found) {
        if (buckets.size() == limit) break;
        buckets.emplace_back(start, counts);
    }
    return buckets;
}

std::map<KeyId, UsageCounts> History::usage_of(std::span<const KeyId> keys, Timestamp since,
                                               Timestamp until) const {
    constexpr BucketWidth width = BucketWidth::minute;
    std::map<KeyId, UsageCounts> sums;
    for (const KeyId& key : keys) sums.try_emplace(key);
    const auto wanted = [&](const KeyId& key) { return sums.contains(key); };
    const std::vector<RecordedUse> newest = with_tail(wanted, [&] {
        for (auto& of_key : sums) {
            UsageCounts& sum = of_key.second;
            sum = {};
            log_.rows(Family::usage, usage_rows_from(of_key.first, width, since),
                      usage_rows_from(of_key.first, width, until),
                      [&](std::string_view, std::string_view value) {
                          if (const auto counts = decode_usage_counts(value)) sum.add(*counts);
                          return true;
                      });
        }
    });
    for (const RecordedUse& use : newest) {
        const Timestamp start = bucket_start(use.last, width);
        if (start >= since && start < until) add(sums.at(use.key), use);
    }
    return sums;
}

}  // namespace keyledger
