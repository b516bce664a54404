#pragma once
// What stands where in the directory of --data, and opening it.

#include "ledger/log/rocksdb_log.hpp"
#include "projections/replay.hpp"
#include "projections/tables.hpp"
#include "tools/exit_codes.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace keyledger {

//   DIR/ledger   the events and all that is derived from them (RocksDB)
std::string ledger_path(const std::string& data);

// A log that can be used, or why not and what the program ends with.
struct OpenedLedger {
    std::unique_ptr<RocksdbLog> log;
    std::string problem;
    ExitCode exit_code = ExitCode::success;
};

// The ledger of a directory that has one.
OpenedLedger open_ledger(const std::string& data,
                         std::function<void(const LogFault&)> on_read_fault);
// A new one; refuses a directory that has one. What an init left that was cut short is taken up again.
OpenedLedger create_ledger(const std::string& data);

// One line that says what does not hold; nothing if all does.
std::optional<std::string> problem_of(const RestoreResult& result);

}  // namespace keyledger
