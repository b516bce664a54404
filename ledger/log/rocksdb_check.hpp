#pragma once
// What a RocksDB database is looked at for before it is taken for a ledger.

#include "ledger/log/event_log.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Status;
}  // namespace rocksdb

namespace keyledger {

// The log's own rows in `meta`; no other row there may begin with "log.".
inline constexpr std::string_view format_row = "log.format";      // u32be
inline constexpr std::string_view next_seq_row = "log.next_seq";  // u64be, in each batch of events
inline constexpr std::uint32_t format_version = 1;

std::string key_of_seq(std::uint64_t seq);

// "append to /var/lib/x: IO error: ...", with the library's words, which name the file where it
// does.
LogFault fault_of(std::string_view operation, const std::string& directory,
                  const rocksdb::Status& status);

// The seq after the last event, or a fault: an unknown format; events that do not begin with 0, do
// not end where `meta` says, or whose newest 10,000 are not contiguous and of a leaf's outer shape.
// `columns` are the handles in the order of Column.
std::variant<std::uint64_t, LogFault> check_events(
    rocksdb::DB& database, const std::vector<rocksdb::ColumnFamilyHandle*>& columns);

}  // namespace keyledger
