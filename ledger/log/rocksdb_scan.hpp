#pragma once
// Walks the events that stand in RocksDB.

#include "ledger/log/event_log.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace keyledger {

struct ScanRange {
    std::uint64_t from, until;  // events up to `until` are there, or it is a fault
};

// `columns` are the handles in the order of Column; they and `database` outlive the cursor. A fault
// is told to `on_fault`, which may be null, too.
std::unique_ptr<EventCursor> scan_events(rocksdb::DB& database,
                                         const std::vector<rocksdb::ColumnFamilyHandle*>& columns,
                                         ScanRange range,
                                         const std::function<void(const LogFault&)>& on_fault);

}  // namespace keyledger
