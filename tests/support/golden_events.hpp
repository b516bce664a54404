#pragma once
// One event of each kind, as tests/golden/events_v1.txt holds it.

#include "ledger/rules/event.hpp"

#include <vector>

namespace keyledger {

std::vector<Event> golden_events();

}  // namespace keyledger
