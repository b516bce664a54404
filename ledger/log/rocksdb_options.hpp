#pragma once
// How RocksDB is set up: what a ledger asks of it, and what each column family is for.

#include "ledger/base/time.hpp"
#include "ledger/log/rocksdb_log.hpp"

#include <atomic>
#include <memory>
#include <string_view>
#include <vector>

namespace rocksdb {
struct ColumnFamilyDescriptor;
struct DBOptions;
struct ReadOptions;
struct WriteOptions;
}  // namespace rocksdb

namespace keyledger {

// The column families, in the order they are opened in. RocksDB wants the first to exist; it is
// empty.
enum class Column : std::uint8_t {
    unused,
    events,
    personal,
    tree,
    streams,
    history,
    idempotency,
    usage,
    snapshots,
    meta,
    raft,
    access,
};
inline constexpr std::size_t columns_count = 12;

Column column_of(Family family);

// What compactions take the time from that rows expire by.
using LedgerTime = std::atomic<Timestamp>;

rocksdb::DBOptions database_options(const OpenOptions& options);

// One for each Column, in order. `ledger_time` is kept as long as they are used.
std::vector<rocksdb::ColumnFamilyDescriptor> column_families(
    const OpenOptions& options, const std::shared_ptr<const LedgerTime>& ledger_time);

// A write that is durable when it returns; and one that is only with the next of those.
rocksdb::WriteOptions synced_write();
rocksdb::WriteOptions unsynced_write();

}  // namespace keyledger
