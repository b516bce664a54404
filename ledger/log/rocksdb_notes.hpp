#pragma once
// What RocksDB writes into its own log (the file LOG), and what a fault needs from it.

#include "ledger/log/rocksdb_log.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rocksdb {
struct DBOptions;
class Logger;
}  // namespace rocksdb

namespace keyledger {

// A write-ahead log that can't be recovered fails to open with words that name no file; only a line
// in the LOG does. Any thread.
class RecoveryNotes {
public:
    void note(std::string_view line);
    // The last line that names a damaged write-ahead log; empty if there was none.
    std::string damage() const;

private:
    mutable std::mutex mutex_;
    std::string damage_;
};

// Takes notes, and passes warnings and worse on to the LOG in the directory, which a read-only log
// does not have. `database` is what the log will be opened with.
std::shared_ptr<rocksdb::Logger> info_log(const OpenOptions& options,
                                          const rocksdb::DBOptions& database,
                                          std::shared_ptr<RecoveryNotes> notes);

}  // namespace keyledger
