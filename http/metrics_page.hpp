#pragma once
// /metrics: the parts' counts as Prometheus text. The one place that knows that format.

#include "http/data/checker.hpp"
#include "http/transport_counts.hpp"
#include "projections/tables.hpp"
#include "replication/sequencer.hpp"

#include <string>

namespace keyledger {

struct MetricsSources {
    const Tables& tables;
    const Checker& checker;
    const SequencerCounts& sequencer;
    TransportCounts transport;
    std::uint64_t checkpoint_size = 0;  // events that the newest signed checkpoint covers
    bool quarantined = false;
};

// Text format 0.0.4. Never a key id as a label. Any thread.
std::string metrics_page(const MetricsSources& sources);

}  // namespace keyledger
