#pragma once
// Rate limits, quotas and the windows both are counted in.

#include "ledger/base/time.hpp"

#include <cstdint>
#include <optional>

namespace keyledger {

inline constexpr Duration window_min = std::chrono::seconds(1);
inline constexpr Duration window_max = std::chrono::days(366);
inline constexpr std::uint32_t rate_limit_max = 1'000'000'000;
inline constexpr std::uint64_t quota_limit_max = 1'000'000'000'000'000;

// At most `limit` checks in each window. Windows are fixed and aligned to the epoch.
struct RateLimit {
    std::uint32_t limit = 0;
    Duration window{};
    friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

// At most `limit` units in each window; without a window, at most `limit` ever.
struct QuotaLimit {
    std::uint64_t limit = 0;
    std::optional<Duration> window;
    friend bool operator==(const QuotaLimit&, const QuotaLimit&) = default;
};

// Which window a moment is in, counted from the epoch; and the moment that window ends.
std::int64_t window_index(Timestamp time, Duration window);
Timestamp window_end(Timestamp time, Duration window);

}  // namespace keyledger
