#pragma once
// The directory that a log is made in.

#include "ledger/log/event_log.hpp"

#include <optional>
#include <string>

namespace keyledger {

// A fault if there is anything in `directory`, which need not exist: a new log is never laid over
// what may be the rest of an old one.
std::optional<LogFault> check_unused(const std::string& directory);

// Makes the directory's own entry durable, in the one above it.
std::optional<LogFault> sync_entry_of(const std::string& directory);

}  // namespace keyledger
