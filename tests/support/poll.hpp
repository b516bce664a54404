#pragma once
// Waiting for a condition, and not for a time.

#include <poll.h>

#include <chrono>

namespace keyledger {

// Far longer than anything takes that a test waits for.
inline constexpr std::chrono::seconds test_patience{30};

// True as soon as `condition()` is; false if it never was.
template <class Condition>
bool becomes_true(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + test_patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        ::poll(nullptr, 0, 1);
    }
    return true;
}

}  // namespace keyledger
