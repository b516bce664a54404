#pragma once
// A batch in the making: events with their bytes, their leaves, and the rows that follow from them.

#include "ledger/log/event_log.hpp"
#include "ledger/log/tree_rows.hpp"
#include "projections/tables.hpp"
#include "replication/pending_view.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace keyledger {

// An event with the leaf hash that it has in the batch.
struct SealedEvent {
    Event event;
    Digest leaf{};
};

// Lives on the ledger thread. All outlive it.
class GrowingBatch {
public:
    GrowingBatch(const EventLog& log, const Tables& tables) : log_(log), view_(tables) {}

    // Begins where the tables stand now. What was in it before is in the log by now.
    void clear();
    // The same where it is not: it was dropped, and others may have come instead.
    void drop();

    // The next event, which `stored` holds; the view shows it.
    void append(Event event, StoredEvent stored);
    // The same with an event that another node has decided: it has only its bytes. Else what does
    // not hold of it, and it is not added.
    [[nodiscard]] std::optional<std::string> append_received(StoredEvent stored);

    // The tables plus the events so far.
    PendingView& view() { return view_; }
    const PendingView& view() const { return view_; }
    // For the log. Whoever appends it may add rows of its own.
    LogBatch& batch() { return batch_; }
    const LogBatch& batch() const { return batch_; }
    const std::vector<SealedEvent>& events() const { return events_; }
    std::size_t bytes() const { return bytes_; }  // of the events

private:
    const EventLog& log_;
    PendingView view_;
    std::optional<TreeWriter> tree_;
    LogBatch batch_;  // its first row is the tree's range
    std::vector<SealedEvent> events_;
    std::size_t bytes_ = 0;
};

}  // namespace keyledger
