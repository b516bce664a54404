#pragma once
// The event log on RocksDB: one database in a directory of its own, a column family for each kind
// of row.
//
// What it notices: a flipped bit in what is read, a file that is missing or cut, an event that is
// missing or in the wrong place, a format that it does not know. What it can't: a write-ahead log
// that was deleted or cut at the end of a record, if no later part of it had reached another file.
// Only what stands outside of it can tell (checkpoint_file.hpp).

#include "ledger/log/event_log.hpp"

#include <cstddef>
#include <memory>
#include <variant>

namespace rocksdb {
class Env;
}

namespace keyledger {

struct OpenOptions {
    enum class Mode : std::uint8_t {
        create,     // the directory is made, or is empty
        existing,   // the directory holds a ledger
        read_only,  // the same; changes no file and takes no lock
    };

    std::string directory;  // the one above it exists
    Mode mode = Mode::existing;
    // Called for each read that failed, on the thread that read, so at several at a time. The read
    // then finds nothing: it never gives wrong data.
    std::function<void(const LogFault&)> on_read_fault;
    // Of events, in memory until they are written to a file in order.
    std::size_t write_buffer_bytes = std::size_t{64} * 1024 * 1024;
    // For tests that make the disk fail; null is the machine's own.
    std::shared_ptr<rocksdb::Env> env;
};

// `append`, `put`, `erase`, `change`, `clear` and `compact` are called by one thread at a time; a
// fault of one of them is final, and each later call gives it again. Cursors must be gone before
// the log is.
class RocksdbLog final : public EventLog {
public:
    // The log, or why it can't be opened; then nothing was changed, but for what RocksDB's own
    // recovery writes.
    static std::variant<std::unique_ptr<RocksdbLog>, LogFault> open(OpenOptions options);

    ~RocksdbLog() override;

    std::optional<LogFault> append(const LogBatch& batch) override;
    std::uint64_t next_seq() const override;
    std::optional<StoredEvent> read(std::uint64_t seq) const override;
    std::unique_ptr<EventCursor> scan(std::uint64_t seq) const override;
    std::optional<std::string> row(Family family, std::string_view key) const override;
    void rows(Family family, std::string_view from, std::string_view until,
              const std::function<bool(std::string_view key, std::string_view value)>& visit)
        const override;
    void rows_backward(Family family, std::string_view from, std::string_view until,
                       const std::function<bool(std::string_view key, std::string_view value)>&
                           visit) const override;
    std::optional<LogFault> put(const std::vector<Row>& rows) override;
    std::optional<LogFault> ingest(const std::function<void(const RowSink& sink)>& rows) override;
    std::optional<LogFault> erase(Family family, std::string_view from,
                                  std::string_view until) override;
    std::optional<LogFault> change(const RowChanges& changes, Durability durability) override;
    std::optional<LogFault> clear(Family family) override;
    void set_ledger_time(Timestamp time) override;

    // Writes all that is in memory to files in order, and drops the family's expired rows now.
    // Waits for the disk.
    std::optional<LogFault> compact(Family family);

    // Reads all files that hold rows in order, and compares them with their checksums. Any thread;
    // takes as long as the disk does.
    std::optional<LogFault> check_files() const;

    // Writes all that is in memory to files in order. Any thread; waits for the disk. A fault of it
    // is one of the next write too.
    std::optional<LogFault> write_out() const;
    // Makes `directory`, which is not there, with the log's files as they are at one moment: a log
    // that can be opened, with all that was durable when the call began. Files that never change
    // are hard links where the file system allows that, the others are copied; so it is quick after
    // `write_out`. Any thread, one at a time. A crash may leave `directory` + ".tmp".
    std::optional<LogFault> copy_files(const std::string& directory) const;

private:
    struct State;

    explicit RocksdbLog(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace keyledger
