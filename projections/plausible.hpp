#pragma once
// Whether what an event says is something that could have been decided.

#include "ledger/rules/event.hpp"

namespace keyledger {

// False for a value that no door lets in, and that code further on takes for impossible: a moment
// that can't be written, a window that is empty or too long, a name that is none. Bytes can be a
// well-formed event and yet be damaged; whoever applies events from a disk asks this first. Any
// thread.
bool is_plausible(const Event& event);

}  // namespace keyledger
