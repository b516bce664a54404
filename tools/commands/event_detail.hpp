#pragma once
// What an event says beyond who, when and why: one cell for every type.

#include "http/json_document.hpp"

#include <string>

namespace keyledger {

// Of an event as the API shows it. Of uses how often each outcome came, with the first and last
// time; of a read of the history its route and what it looked for; of a change what was and what
// is; of anything else the members of its `data`, without ids that stand elsewhere. "-" if there is
// nothing to say.
std::string event_detail(const JsonValue& event);

}  // namespace keyledger
