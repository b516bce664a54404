#pragma once
// How long the rows beside the events are kept.

#include "ledger/base/time.hpp"
#include "ledger/log/event_log.hpp"

#include <chrono>
#include <string_view>

namespace keyledger {

inline constexpr Duration minute_buckets_kept = std::chrono::days(7);
inline constexpr Duration hour_buckets_kept = std::chrono::days(90);
inline constexpr Duration idempotency_kept = std::chrono::hours(24);

// True if the row's time is over at `ledger_time`: a `usage` bucket of a minute or an hour that
// ended as long ago, or an `idempotency` row of that age. Any other row is kept, one that can't be
// read too: it is to be seen. `usage` looks at the key alone. Any thread.
bool is_expired(Family family, std::string_view key, std::string_view value, Timestamp ledger_time);

}  // namespace keyledger
