#include "http/metrics_page.hpp"

#include "ledger/base/clock.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace keyledger {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class Page {
public:
    void counter(std::string name, std::string help, double value) {
        add(std::move(name), std::move(help), MetricType::Counter, value);
    }
    void gauge(std::string name, std::string help, double value) {
        add(std::move(name), std::move(help), MetricType::Gauge, value);
    }
    MetricFamily& family(std::string name, std::string help, MetricType type) {
        MetricFamily& family = families_.emplace_back();
        family.name = std::move(name);
        family.help = std::move(help);
        family.type = type;
        return family;
    }
    std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

private:
    void add(std::string name, std::string help, MetricType type, double value) {
        MetricFamily& added = family(std::move(name), std::move(help), type);
        ClientMetric& metric = added.metric.emplace_back();
        (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    }
    std::vector<MetricFamily> families_;
};

void add_checks(Page& page, const Checker& checker) {
    MetricFamily& family = page.family("keyledger_checks_total",
                                       "Checks of credentials by outcome.", MetricType::Counter);
    for (std::size_t i = 0; i < outcomes_count; ++i) {
        const auto outcome = static_cast<Outcome>(i);
        ClientMetric& metric = family.metric.emplace_back();
        metric.label.push_back({"outcome", std::string(to_text(outcome))});
        metric.counter.value = static_cast<double>(checker.outcome_count(outcome));
    }
}

void add_build(Page& page) {
    MetricFamily& family =
        page.family("keyledger_build_info", "The program's version.", MetricType::Gauge);
    ClientMetric& metric = family.metric.emplace_back();
    metric.label.push_back({"version", KEYLEDGER_VERSION});
    metric.gauge.value = 1;
}

}  // namespace

std::string metrics_page(const MetricsSources& sources) {
    Page page;
    const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
    const SequencerCounts& writer = sources.sequencer;
    const TransportCounts& transport = sources.transport;
    add_build(page);
    add_checks(page, sources.checker);
    page.gauge("keyledger_keys", "Keys that exist, revoked ones too.",
               number(sources.tables.keys_count()));
    page.gauge("keyledger_applied_seq", "The newest event that the tables show.",
               number(sources.tables.applied()));
    page.gauge("keyledger_checkpoint_size", "Events that the newest signed checkpoint covers.",
               number(sources.checkpoint_size));
    page.gauge("keyledger_quarantined", "1 if the log contradicts the last signed checkpoint.",
               sources.quarantined ? 1 : 0);
    const auto behind = sources.tables.ledger_time() - system_clock().now();
    page.gauge("keyledger_clock_behind_seconds",
               "How far the wall clock is behind the newest event: while it is, time stands still.",
               std::max(0.0, std::chrono::duration<double>(behind).count()));
    page.counter("keyledger_events_committed_total", "Events committed since the start.",
                 number(writer.events.load()));
    page.counter("keyledger_batches_committed_total", "Synced batches since the start.",
                 number(writer.batches.load()));
    page.counter("keyledger_commit_seconds_total", "Time from deciding a batch to showing it.",
                 number(writer.commit_microseconds.load()) / 1e6);
    page.counter("keyledger_event_bytes_total", "Bytes of events committed since the start.",
                 number(writer.bytes.load()));
    page.counter("keyledger_commands_total", "Commands decided since the start.",
                 number(writer.commands.load()));
    page.gauge("keyledger_commands_waiting", "Commands that wait for their turn.",
               number(writer.queued.load()));
    page.counter("keyledger_snapshots_total", "Snapshots written since the start.",
                 number(writer.snapshots.load()));
    page.gauge("keyledger_http_connections", "Connections that are open.",
               number(transport.connections_open));
    page.counter("keyledger_http_connections_total", "Connections accepted since the start.",
                 number(transport.connections_accepted));
    page.counter("keyledger_http_connections_refused_total", "Connections over the limit.",
                 number(transport.connections_refused));
    page.counter("keyledger_http_requests_total", "Requests read whole.",
                 number(transport.requests));
    page.counter("keyledger_http_faults_total", "Requests that could not be read.",
                 number(transport.faults));
    page.counter("keyledger_http_received_bytes_total", "Bytes received.",
                 number(transport.bytes_received));
    page.counter("keyledger_http_sent_bytes_total", "Bytes sent.", number(transport.bytes_sent));
    return page.text();
}

}  // namespace keyledger
