#include "tools/commands/serve_settings.hpp"

#include "tools/commands/data_directory.hpp"

#include <spdlog/spdlog.h>

namespace keyledger {

ServerSettings server_settings(const Settings& settings, std::size_t threads) {
    ServerSettings server;
    for (const Endpoint& endpoint : settings.listen) {
        ServerEndpoint& listener = server.endpoints.emplace_back();
        listener.unix_path = endpoint.unix_path;
        if (!endpoint.unix_path.empty()) continue;
        listener.host = to_text(endpoint.address);
        listener.port = endpoint.port;
        if (settings.tls_cert.empty()) continue;
        listener.tls = TlsFiles{.certificate = settings.tls_cert,
                                .key = settings.tls_key,
                                .client_authority = settings.tls_client_ca};
    }
    server.threads = threads;
    server.connections_max = settings.limits.connections_max;
    server.sessions.idle = settings.limits.idle_timeout;
    server.sessions.request = settings.limits.request_timeout;
    return server;
}

SequencerSettings sequencer_settings(const Settings& settings, std::uint64_t node) {
    SequencerSettings sequencer;
    sequencer.queue_max = settings.limits.queue_max;
    sequencer.batch_events_max = settings.limits.batch_events_max;
    sequencer.flush_interval = settings.usage.flush_interval;
    sequencer.snapshot_every_events = settings.snapshot.every_events;
    sequencer.snapshots_kept = settings.snapshot.keep;
    sequencer.node = node;
    return sequencer;
}

std::string address_of(const Settings& settings, const std::vector<std::uint16_t>& ports,
                       std::size_t place) {
    const Endpoint& asked = settings.listen[place];
    if (!asked.unix_path.empty()) return to_text(asked);
    Endpoint bound = asked;
    bound.port = ports[place];
    return (settings.tls_cert.empty() ? "http://" : "https://") + to_text(bound);
}

std::string addresses_of(const Settings& settings, const std::vector<std::uint16_t>& ports) {
    std::string all;
    for (std::size_t i = 0; i < settings.listen.size(); ++i) {
        all += (i == 0 ? "" : ",") + address_of(settings, ports, i);
    }
    return all;
}

CheckpointPlaces checkpoint_places(const Settings& settings, spdlog::logger& logger) {
    return {.file = checkpoint_path(settings.data),
            .copy = settings.checkpoint_copy,
            .on_copy_fault = [&logger](const LogFault& fault) {
                logger.error("checkpoint_not_copied what=\"{}\"", fault.what);
            }};
}

}  // namespace keyledger
