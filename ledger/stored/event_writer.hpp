#pragma once
// Writes the message inside a leaf: one event as canonical Cap'n Proto (event.capnp), without its
// frame.

#include "ledger/rules/event.hpp"

#include <string>

namespace keyledger {

// Appends `event`, whose commitments are set, to `out`: a whole number of 8-byte words. Any thread.
// Asserted: the stream fits the body (a key's stream exactly for a key's event, and the same key);
// no setting that event.hpp does not know; no range longer than 128 bits; no quota window of zero.
void append_message(const Event& event, std::string& out);

}  // namespace keyledger
