#pragma once
// A clock that a test sets.

#include "ledger/base/clock.hpp"

#include <atomic>

namespace keyledger {

// Any thread.
class TestClock final : public Clock {
public:
    explicit TestClock(Timestamp start) : now_(start.time_since_epoch()) {}

    Timestamp now() const override { return Timestamp(now_.load()); }
    void set(Timestamp now) { now_ = now.time_since_epoch(); }
    void advance(Duration by) { now_ = now_.load() + by; }

private:
    std::atomic<Duration> now_;
};

}  // namespace keyledger
