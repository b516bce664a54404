#pragma once
// What an event makes of a state. Pure, and never refuses: the event has happened.

#include "ledger/rules/event.hpp"
#include "ledger/rules/key_state.hpp"
#include "ledger/rules/workspace.hpp"

namespace keyledger {

// The key that `created` makes. `leaf` is the event's leaf hash.
KeyState born(const Envelope& envelope, const KeyCreated& created, const Digest& leaf);

// One more event of the key's own stream. An event that belongs to no key's stream is a bug.
void evolve(KeyState& key, const Event& event, const Digest& leaf);

// What an event of the key's stream does to its counts (a changed quota keeps what was spent).
void evolve(KeyUse& use, const KeyState& before, const Event& event);

// A use that was counted. `quota` is the key's at that moment, if it has one.
void evolve(KeyUse& use, const UseRow& row, const QuotaLimit* quota, std::uint64_t seq);

// A WorkspaceCreated or WorkspaceChanged.
void evolve(WorkspaceState& workspace, const Event& event);

}  // namespace keyledger
