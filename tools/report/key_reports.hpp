#pragma once
// What an auditor asks about keys as they stood at one time: pure folds of a key, as the API
// answers it, into an item of a report, or into none.

#include "http/json_document.hpp"
#include "ledger/base/time.hpp"

#include <optional>

namespace keyledger {

// Every key: whose it is, what it may do, its status then, and when it was made, used, rotated and
// ended. `secrets` counts those that worked then.
JsonValue inventory_item(const JsonValue& key, Timestamp at);

// The three below speak of keys that work or may work again: neither revoked nor expired.

// Made and last used before `cutoff`: with `idleSince`, its last good use or, where it never had
// one, its making, and the whole days since.
std::optional<JsonValue> dormant_item(const JsonValue& key, Timestamp cutoff, Timestamp at);

// Whose newest secret is from before `cutoff`: with `secretSince` and its age in whole days.
std::optional<JsonValue> over_age_item(const JsonValue& key, Timestamp cutoff, Timestamp at);

// That nothing ends by itself.
std::optional<JsonValue> unending_item(const JsonValue& key, Timestamp at);

}  // namespace keyledger
