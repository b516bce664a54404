#include "ledger/rules/limits.hpp"

#include <cassert>

namespace keyledger {

std::int64_t window_index(Timestamp time, Duration window) {
    assert(window > Duration{});
    const Duration since_epoch = time.time_since_epoch();
    const std::int64_t index = since_epoch / window;
    // Division cuts towards zero; windows before the epoch have negative numbers.
    const bool before_epoch_inside = since_epoch % window < Duration{};
    return before_epoch_inside ? index - 1 : index;
}

Timestamp window_end(Timestamp time, Duration window) {
    return Timestamp((window_index(time, window) + 1) * window);
}

}  // namespace keyledger
