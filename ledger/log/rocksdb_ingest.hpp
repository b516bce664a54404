#pragma once
// Takes many ordered rows in at once: as files beside the database, which it then makes its own.
// Costs a small part of what the same rows cost in a write, where each is looked up a place for.

#include "ledger/log/event_log.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace keyledger {

// EventLog::ingest. `columns` are the handles in the order of Column. The files are made in
// `directory`, the database's own; what an earlier call that was cut short left there is replaced.
std::optional<LogFault> ingest_rows(rocksdb::DB& database,
                                    const std::vector<rocksdb::ColumnFamilyHandle*>& columns,
                                    const std::string& directory,
                                    const std::function<void(const EventLog::RowSink& sink)>& rows);

}  // namespace keyledger
