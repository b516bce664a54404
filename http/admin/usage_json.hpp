#pragma once
// How often a key was checked, as it stands in answers.

#include "ledger/base/json_writer.hpp"
#include "ledger/log/usage_counts.hpp"
#include "projections/history.hpp"

#include <map>
#include <span>

namespace keyledger {

// {"total": n, "cost": n, "outcomes": {"valid": n, ...}}: outcomes that never came are left out.
void write_usage_counts(JsonWriter& writer, const UsageCounts& counts);
// The same members into an object that is open.
void write_usage_members(JsonWriter& writer, const UsageCounts& counts);

// What an incident needs to know of keys: how often each was checked in the 24 hours before `now`,
// as far as the ledger has it.
std::map<KeyId, UsageCounts> uses_of_last_day(const History& history, std::span<const KeyId> keys,
                                              Timestamp now);

}  // namespace keyledger
