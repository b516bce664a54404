#pragma once
// The ledger that is served, and the tables that its events make.

#include "projections/tables.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/settings.hpp"

#include <spdlog/fwd.h>

namespace keyledger {

// Opens the ledger of the settings and fills empty `tables` from it. What contradicts a checkpoint,
// or holds an event that can't be right, is in quarantine: open for reading alone, and the tables
// show what was before that event. Without a log it can't be served; `opened` says why. All of it
// is said to the logger, which outlives the log.
ServedLedger open_with_tables(const Settings& settings, Tables& tables, spdlog::logger& logger);

}  // namespace keyledger
