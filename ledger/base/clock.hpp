#pragma once
// Where the shell gets its time from. The core never asks: time is an argument there.

#include "ledger/base/time.hpp"

namespace keyledger {

// May be called on any thread.
class Clock {
public:
    virtual ~Clock() = default;
    // The wall clock. It may be set back; who decides by time takes max(this, the last event's
    // time).
    virtual Timestamp now() const = 0;
};

// The machine's clock; lives for ever.
const Clock& system_clock();

}  // namespace keyledger
