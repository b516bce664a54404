#pragma once
// The append-only log of events, and the rows derived from it that are written with them.

#include "ledger/base/bytes.hpp"
#include "ledger/base/time.hpp"
#include "ledger/stored/event_codec.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// What stands beside the events. Names are those of the column families.
enum class Family : std::uint8_t {
    streams,
    history,
    idempotency,
    usage,
    snapshots,
    meta,
    tree,
    access,
    raft
};
inline constexpr std::size_t families_count = 9;

// One row to write beside the events. `usage` rows are added to what is there (usage_counts.hpp);
// all others replace it.
struct Row {
    Family family;
    std::string key;
    std::string value;
};

// The rows with `from <= key < until`.
struct RowRange {
    Family family;
    std::string from, until;
};

// What happens to rows at once, or not at all: first ranges go, then rows are written.
struct RowChanges {
    std::vector<RowRange> erased;
    std::vector<Row> written;
};

enum class Durability : std::uint8_t {
    synced,    // when the call returns
    deferred,  // only with the next synced write; never without the writes before it
};

// Events that become durable together with their rows, or not at all.
struct LogBatch {
    std::uint64_t first_seq = 0;
    std::vector<StoredEvent> events;  // first_seq, first_seq + 1, ...
    std::vector<RowRange> erased{};   // before the rows are written
    std::vector<Row> rows;
    // Deferred where the events can be made again from elsewhere after a crash.
    Durability durability = Durability::synced;
};

// A fault of the disk or of what it holds. Never retried: the process says it and ends.
struct LogFault {
    std::string what;  // one line: the operation, the file if known, the library's own words
};

// Walks forward; made by EventLog, must not outlive it. Lives on the thread that made it.
class EventCursor {
public:
    virtual ~EventCursor() = default;
    // The next event, or nothing at the end (or at a fault: then `fault()` says so). The views last
    // until the next call.
    struct Item {
        std::uint64_t seq;
        std::string_view leaf;
        std::string_view personal;
    };
    virtual std::optional<Item> next() = 0;
    virtual const std::optional<LogFault>& fault() const = 0;
};

// Reading may be done on any thread. `append`, and what else writes, is called by one thread at a
// time.
class EventLog {
public:
    virtual ~EventLog() = default;

    // As durable as the batch says when it returns without a fault. `batch.first_seq` is
    // next_seq(), asserted.
    virtual std::optional<LogFault> append(const LogBatch& batch) = 0;
    virtual std::uint64_t next_seq() const = 0;

    virtual std::optional<StoredEvent> read(std::uint64_t seq) const = 0;
    // From `seq` on; sees what was durable when it was made. `read_ahead` for long scans.
    virtual std::unique_ptr<EventCursor> scan(std::uint64_t seq) const = 0;

    // Rows beside the events.
    virtual std::optional<std::string> row(Family family, std::string_view key) const = 0;
    // Rows with `from <= key < until` in order, until `visit` returns false. The views last for the
    // call.
    virtual void rows(
        Family family, std::string_view from, std::string_view until,
        const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
    // The same from the last to the first.
    virtual void rows_backward(
        Family family, std::string_view from, std::string_view until,
        const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
    // Writes rows without events (snapshots); durable only with the next append.
    virtual std::optional<LogFault> put(const std::vector<Row>& rows) = 0;
    // Writes rows that come in order: family after family, in the order of their numbers, and each
    // family's by key, which may come once. All of them or none; durable when it returns. May be
    // called beside the thread that appends, by one at a time.
    using RowSink =
        std::function<void(Family family, std::string_view key, std::string_view value)>;
    virtual std::optional<LogFault> ingest(
        const std::function<void(const RowSink& sink)>& rows) = 0;
    // Takes the rows with `from <= key < until` away; durable only with the next append.
    virtual std::optional<LogFault> erase(Family family, std::string_view from,
                                          std::string_view until) = 0;
    // Several of these at once. In the order of the calls that write, whichever they are.
    virtual std::optional<LogFault> change(const RowChanges& changes, Durability durability) = 0;
    // Empties a family that can be derived again: any but `meta` and `raft`, asserted. Durable when
    // it returns.
    virtual std::optional<LogFault> clear(Family family) = 0;

    // How far the time of the events has come; never goes back. Rows whose time is over
    // (expiry.hpp) go some day after, so who reads them looks at their time too. Any thread.
    virtual void set_ledger_time(Timestamp time) = 0;
};

}  // namespace keyledger
