#include "projections/rate_cell.hpp"

#include <algorithm>
#include <limits>

namespace keyledger {
namespace {

struct Count {
    std::uint32_t window;
    std::uint32_t taken;
};

// What a flush tells of may be of windows that are over. A number that is further ahead is of
// another limit, whose windows were shorter.
constexpr std::uint32_t windows_late_max = 60;

Count unpacked(std::uint64_t bits) {
    return {static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(bits)};
}

std::uint64_t packed(Count count) {
    return std::uint64_t{count.window} << 32 | count.taken;
}

// The window that is counted in at `now`. A window number is of the window's own length, so that
// after a longer one took over, the stored number is too high for it: then counting starts anew.
Count current(std::uint64_t bits, const RateLimit& limit, Timestamp now) {
    const auto window = static_cast<std::uint32_t>(window_index(now, limit.window));
    const Count stored = unpacked(bits);
    const bool same = stored.window == window || stored.window == window + 1;
    return same ? stored : Count{window, 0};
}

}  // namespace

std::optional<std::uint32_t> RateCell::take(const RateLimit& limit, Timestamp now) {
    std::uint64_t bits = bits_.load(std::memory_order_relaxed);
    for (;;) {
        Count count = current(bits, limit, now);
        if (count.taken >= limit.limit) return {};
        count.taken += 1;
        if (bits_.compare_exchange_weak(bits, packed(count), std::memory_order_relaxed)) {
            return limit.limit - count.taken;
        }
    }
}

bool RateCell::open(const RateLimit& limit, Timestamp now) const {
    return current(bits(), limit, now).taken < limit.limit;
}

std::uint32_t RateCell::remaining(const RateLimit& limit, Timestamp now) const {
    const std::uint32_t taken = current(bits(), limit, now).taken;
    return limit.limit > taken ? limit.limit - taken : 0;
}

void RateCell::add(std::uint32_t count, const RateLimit& limit, Timestamp time) {
    const auto window = static_cast<std::uint32_t>(window_index(time, limit.window));
    std::uint64_t bits = bits_.load(std::memory_order_relaxed);
    std::uint64_t added = 0;
    do {
        Count stored = unpacked(bits);
        const bool late = stored.window > window && stored.window - window <= windows_late_max;
        if (late) return;
        if (stored.window != window) stored = {window, 0};
        const std::uint32_t room = std::numeric_limits<std::uint32_t>::max() - stored.taken;
        stored.taken += std::min(count, room);
        added = packed(stored);
    } while (!bits_.compare_exchange_weak(bits, added, std::memory_order_relaxed));
}

}  // namespace keyledger
