#pragma once
// How many checks a key's rate window has taken: one atomic, counted by any thread.

#include "ledger/rules/limits.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

namespace keyledger {

class RateCell {
public:
    // Takes one place in the window of `now` and returns how many are left; nothing if all were
    // taken. A window never turns back: a thread whose clock reads a little earlier counts in the
    // newer one.
    std::optional<std::uint32_t> take(const RateLimit& limit, Timestamp now);
    bool open(const RateLimit& limit, Timestamp now) const;
    // Places left at `now`.
    std::uint32_t remaining(const RateLimit& limit, Timestamp now) const;

    // Checks that another boot or node has counted, of which the newest was at `time`.
    void add(std::uint32_t count, const RateLimit& limit, Timestamp time);

    // (window << 32 | count), to be kept in a snapshot.
    std::uint64_t bits() const { return bits_.load(std::memory_order_relaxed); }
    void restore(std::uint64_t bits) { bits_.store(bits, std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> bits_{0};
};

}  // namespace keyledger
