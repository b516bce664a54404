#pragma once
// What the log says of the past: single events, a key's events, a key as it stood, uses by bucket.

#include "ledger/log/event_log.hpp"
#include "ledger/log/usage_counts.hpp"
#include "ledger/rules/event.hpp"
#include "ledger/rules/key_state.hpp"
#include "ledger/rules/workspace.hpp"
#include "projections/use_tail.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace keyledger {

struct PastEvent {
    Event event;
    Digest leaf{};
};

struct PastKey {
    KeyState state;
    KeyUse use;
};

enum class KeyEvents : std::uint8_t { life_cycle, with_uses };

// Any thread. Reads the disk, or its cache.
class History {
public:
    // Both outlive it. `tail` has the uses that the log's rows do not hold yet.
    History(const EventLog& log, const UseTail& tail) : log_(log), tail_(tail) {}

    const EventLog& log() const { return log_; }

    std::optional<PastEvent> event(std::uint64_t seq) const;

    // The seqs of a key's events, `from` and later, oldest first, at most `limit`.
    std::vector<std::uint64_t> key_events(const KeyId& key, std::uint64_t from, std::size_t limit,
                                          KeyEvents which) const;

    // The key after the event `seq`; nothing if it did not exist then. Of its use events the newest
    // `uses_read_max` are read at most: when it was last used is unknown if none of them was valid,
    // and of its quota no more is known to be spent than they spent.
    std::optional<PastKey> key_at(const KeyId& key, std::uint64_t seq) const;

    // The workspace after the event `seq`; nothing if there was none.
    std::optional<WorkspaceState> workspace_at(std::string_view slug, std::uint64_t seq) const;
    // What an empty list of scopes meant there, from which event on, up to `seq`: only changes.
    std::vector<std::pair<std::uint64_t, EmptyScopes>> empty_scopes(std::string_view slug,
                                                                    std::uint64_t seq) const;

    // The last event not later than `time`, among those up to `newest`.
    std::optional<std::uint64_t> seq_at(Timestamp time, std::uint64_t newest) const;

    // Buckets that begin in [since, until), oldest first, at most `limit`; empty ones are left out.
    std::vector<std::pair<Timestamp, UsageCounts>> usage(const KeyId& key, BucketWidth width,
                                                         Timestamp since, Timestamp until,
                                                         std::size_t limit) const;

    // What the checks of each of `keys` came to, in buckets of a minute that begin in [since,
    // until). The newest uses, which are in no order, are looked at once for all of them.
    std::map<KeyId, UsageCounts> usage_of(std::span<const KeyId> keys, Timestamp since,
                                          Timestamp until) const;

    static constexpr std::size_t uses_read_max = 1000;

private:
    // The seqs of its life-cycle events up to `until`.
    std::vector<std::uint64_t> life_cycle(const KeyId& key, std::uint64_t until) const;
    // The key after those of its events; sets `had_quota` if it ever had one on the way.
    std::optional<PastKey> told(std::span<const std::uint64_t> seqs, bool& had_quota) const;
    // The seqs of the newest `limit` events up to `until` that hold uses of the key.
    std::vector<std::uint64_t> newest_uses(const KeyId& key, std::uint64_t until,
                                           std::size_t limit) const;
    // From the newest `limit` of those. False if an older one may be the last valid use.
    bool tell_last_use(PastKey& past, std::uint64_t until, std::size_t limit) const;
    // Calls `read_rows`, which reads the rows of the keys that are `wanted`, and returns their uses
    // that were not among them, oldest first. Calls it again where rows were written in between.
    template <class Wanted>
    std::vector<RecordedUse> with_tail(const Wanted& wanted,
                                       const std::function<void()>& read_rows) const;

    const EventLog& log_;
    const UseTail& tail_;
};

}  // namespace keyledger
