#include "replication/applier.hpp"

namespace keyledger {

void Applier::show(std::span<const SealedEvent> events) {
    for (const SealedEvent& sealed : events) tables_.apply(sealed.event, sealed.leaf);
    tables_.publish();
    log_.set_ledger_time(tables_.ledger_time());
    signal_.notify();
}

}  // namespace keyledger
