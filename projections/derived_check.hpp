#pragma once
// Whether all that a ledger derives from its events, and keeps beside them, is what they make of
// it: the rows that questions are answered from, and the snapshots that a start begins with. They
// are no evidence, and can be made again (`serve --rebuild`); but whoever asks the server is
// answered from them.

#include "ledger/log/event_log.hpp"
#include "projections/replay.hpp"

#include <optional>
#include <string>

namespace keyledger {

// Replays the whole ledger; says what does not fit, or nothing. Changes nothing. What a row's time
// has ended for may be there or not. Rows are compared by sums of their hashes, so that it takes
// no memory beyond the tables: damage is found, and who would hide it needs as many rows as it
// takes to make such a sum collide.
std::optional<std::string> wrong_with_derived(EventLog& log, const Progress& progress = {});

}  // namespace keyledger
