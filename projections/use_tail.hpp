#pragma once
// The newest uses, in memory, until there are enough of them to be written in order.
//
// A use is in its event, durable, from the start. The rows by which a key's uses are found again
// (`history`) and summed (`usage`) are four a use, each at a place of its own: written with the
// event they would cost several times what the event does. So they are written later, many at once
// and in order (write_use_rows), and until then questions look here. A crash loses nothing: a start
// fills the tail again from the events that the rows do not hold yet.

#include "ledger/base/time.hpp"
#include "ledger/log/event_log.hpp"
#include "ledger/log/usage_counts.hpp"
#include "ledger/rules/event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace keyledger {

// A row of a KeysUsed event, as far as it is asked for.
struct RecordedUse {
    KeyId key;
    std::uint64_t seq = 0;  // of its event
    Timestamp last{};
    std::uint64_t cost = 0;
    std::uint32_t count = 0;
    Outcome outcome = Outcome::valid;
};

void add(UsageCounts& counts, const RecordedUse& use);

// Filled by the ledger thread, read by any. The lock is held to hand over pointers and at most one
// block's copy.
class UseTail {
public:
    using Block = std::vector<RecordedUse>;
    using Blocks = std::vector<std::shared_ptr<const Block>>;  // oldest first

    // Events before `seq` are passed over: the rows hold them. Before the first `add`.
    void begin_at(std::uint64_t seq) { begin_ = seq; }
    void add(std::uint64_t seq, const KeysUsed& used);

    // All that is here, with all rows of an event or none. The blocks are shared because whoever
    // reads them may do so longer than they are needed here.
    Blocks blocks() const;
    std::size_t size() const;
    // Forgets the uses of events before `seq`, which ends an event that blocks() gave.
    void drop_before(std::uint64_t seq);

private:
    std::uint64_t begin_ = 0;

    mutable std::mutex mutex_;  // guards what follows
    std::deque<std::shared_ptr<const Block>> full_;
    Block open_;
    std::size_t size_ = 0;
};

// How many uses make an ordered write worth its while.
inline constexpr std::size_t use_rows_worth_writing = 131'072;

// The first seq whose uses the rows do not hold yet; and the row that says so.
std::uint64_t use_rows_end(const EventLog& log);
Row use_rows_end_row(std::uint64_t end);

// Writes the rows of all that the tail has, and the new end, and drops it from the tail. By one
// thread at a time, any.
std::optional<LogFault> write_use_rows(EventLog& log, UseTail& tail);

}  // namespace keyledger
