#pragma once
// A database's files as they are at one moment, while it is written to.

#include "ledger/log/event_log.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace keyledger {

// RocksdbLog::write_out.
std::optional<LogFault> write_out_files(rocksdb::DB& database,
                                        const std::vector<rocksdb::ColumnFamilyHandle*>& columns);

// RocksdbLog::copy_files.
std::optional<LogFault> copy_database(rocksdb::DB& database, const std::string& directory);

}  // namespace keyledger
