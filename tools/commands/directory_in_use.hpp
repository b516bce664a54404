#pragma once
// Whether a database is open elsewhere, without touching it.

#include <optional>
#include <string>

namespace keyledger {

// The process that has the database of `directory` open for writing; nothing if none has.
std::optional<long> process_using(const std::string& directory);

}  // namespace keyledger
