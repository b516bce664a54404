#include "ledger/log/rocksdb_copy.hpp"

#include "ledger/log/rocksdb_check.hpp"

#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>

#include <cstdint>
#include <limits>
#include <memory>

namespace keyledger {
namespace {

// What was written since the last flush is copied with its write-ahead log, whatever its size.
constexpr std::uint64_t never_flush = std::numeric_limits<std::uint64_t>::max();

}  // namespace

std::optional<LogFault> write_out_files(rocksdb::DB& database,
                                        const std::vector<rocksdb::ColumnFamilyHandle*>& columns) {
    const rocksdb::Status status = database.Flush(rocksdb::FlushOptions(), columns);
    if (status.ok()) return std::nullopt;
    return fault_of("write out", database.GetName(), status);
}

std::optional<LogFault> copy_database(rocksdb::DB& database, const std::string& directory) {
    rocksdb::Checkpoint* made = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(&database, &made);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    if (status.ok()) status = checkpoint->CreateCheckpoint(directory, never_flush);
    if (status.ok()) return std::nullopt;
    return fault_of("copy to", directory, status);
}

}  // namespace keyledger
