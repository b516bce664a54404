#pragma once
// Makes visible what is committed and in the log.

#include "ledger/log/event_log.hpp"
#include "projections/tables.hpp"
#include "replication/applied_signal.hpp"
#include "replication/growing_batch.hpp"

#include <span>

namespace keyledger {

// Lives on the ledger thread. All outlive it.
class Applier {
public:
    Applier(EventLog& log, Tables& tables, AppliedSignal& signal)
        : log_(log), tables_(tables), signal_(signal) {}

    // The events from tables.next_seq() on. Every look-up that begins after it shows them, and
    // whoever waits for them is woken.
    void show(std::span<const SealedEvent> events);

private:
    EventLog& log_;
    Tables& tables_;
    AppliedSignal& signal_;
};

}  // namespace keyledger
