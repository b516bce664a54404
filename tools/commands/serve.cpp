#include "tools/commands/serve.hpp"

#include "http/admin/admin_door.hpp"
#include "http/application.hpp"
#include "http/history_thread.hpp"
#include "http/metrics_page.hpp"
#include "http/server.hpp"
#include "projections/replay.hpp"
#include "replication/bootstrap.hpp"
#include "replication/checkpoint_signer.hpp"
#include "replication/head_sealer.hpp"
#include "replication/local_commit_log.hpp"
#include "replication/use_indexer.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/commands/dev_ledger.hpp"
#include "tools/profile.hpp"
#include "tools/terminal/terminal.hpp"

#include <boost/asio/io_context.hpp>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace keyledger {
namespace {

// Nothing that depends on the disk can be promised any more: the next start repairs by replay.
[[noreturn]] void end_for(const LogFault& fault, spdlog::logger& logger) {
    logger.critical("log_failed what=\"{}\"", fault.what);
    logger.flush();
    std::_Exit(static_cast<int>(ExitCode::error));
}

// Taken by this thread alone, which waits for them; all threads that are started later inherit it.
sigset_t block_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

void raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

ServerSettings server_settings(const Settings& settings) {
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
    server.threads = settings.threads;
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

std::string address_of(const Settings& settings, const std::vector<std::uint16_t>& ports) {
    const Endpoint& first = settings.listen.front();
    if (!first.unix_path.empty()) return to_text(first);
    Endpoint bound = first;
    bound.port = ports.front();
    return (settings.tls_cert.empty() ? "http://" : "https://") + to_text(bound);
}

// Time stands still until the wall clock has caught up with the newest event: windows do not turn.
constexpr std::chrono::seconds clock_behind_warned{10};

bool restore_tables(EventLog& log, Tables& tables, Rebuild rebuild, spdlog::logger& logger) {
    const auto began = std::chrono::steady_clock::now();
    const RestoreResult result =
        restore(log, tables, rebuild, [&](std::uint64_t done, std::uint64_t total) {
            logger.debug("replaying seq={} of={}", done, total);
        });
    if (const auto problem = problem_of(result)) {
        logger.critical("ledger_damaged what=\"{}\"", *problem);
        return false;
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    logger.info("tables_restored seq={} replayed={} keys={} elapsed_ms={}", tables.applied(),
                result.restored.replayed, tables.keys_count(), took.count());
    const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(tables.ledger_time() -
                                                                        system_clock().now());
    if (ahead > clock_behind_warned) {
        logger.error("clock_behind_ledger seconds={}", ahead.count());
    }
    // It costs a hash a key: not on every start.
    if (rebuild == Rebuild::always || logger.should_log(spdlog::level::debug)) {
        logger.info("tables_digest seq={} digest={}", tables.applied(), tables.digest());
    }
    return true;
}

// Until the program is told to stop. SIGHUP opens the log and the certificates anew.
void wait_for_stop(const sigset_t& signals, Server& server, spdlog::logger& logger) {
    for (;;) {
        int signal = 0;
        if (sigwait(&signals, &signal) != 0) continue;
        if (signal != SIGHUP) {
            logger.info("stopping signal={}", signal == SIGTERM ? "SIGTERM" : "SIGINT");
            return;
        }
        reopen_log(logger);
        const std::string problem = server.reload_certificates();
        if (!problem.empty()) logger.error("certificates_not_reloaded what=\"{}\"", problem);
    }
}

// A key that took another one's place while the server was down is stated in the ledger.
void state_rotation(const SigningKeys& keys, const EventLog& log, Sequencer& sequencer) {
    const VerifierKey& current = keys.current.verifier();
    if (!keys.previous || is_stated(log, current)) return;
    const LogKeyRotated rotated{.before = to_text(keys.previous->key.verifier()),
                                .after = to_text(current)};
    sequencer.submit_own(RotateLogKey{rotated}, [](const Submitted&) {});
}

CheckpointPlaces checkpoint_places(const Settings& settings, spdlog::logger& logger) {
    return {.file = checkpoint_path(settings.data),
            .copy = settings.checkpoint_copy,
            .on_copy_fault = [&logger](const LogFault& fault) {
                logger.error("checkpoint_not_copied what=\"{}\"", fault.what);
            }};
}

// All parts, in the order of what they depend on; they go in the opposite one.
ExitCode serve_ledger(const Settings& settings, spdlog::logger& logger, const sigset_t& signals,
                      const DevLedger* dev) {
    const FileCheck file_check = settings.skip_file_check ? FileCheck::no : FileCheck::yes;
    const std::string key_file =
        settings.signing_key.empty() ? signing_key_path(settings.data) : settings.signing_key;
    ServedLedger ledger = open_for_serving(
        {.data = settings.data, .key = key_file, .checkpoint_copy = settings.checkpoint_copy},
        file_check,
        [&](const LogFault& fault) { logger.error("read_failed what=\"{}\"", fault.what); });
    if (!ledger.opened.log) {
        logger.critical("ledger_not_opened what=\"{}\"", ledger.opened.problem);
        return ledger.opened.exit_code;
    }
    const bool quarantined = !ledger.quarantine.empty();
    if (!ledger.remark.empty()) logger.error("checkpoint_is_odd what=\"{}\"", ledger.remark);
    if (quarantined) logger.critical("quarantined what=\"{}\"", ledger.quarantine);
    RocksdbLog& log = *ledger.opened.log;
    Tables tables;
    const Rebuild rebuild = quarantined        ? Rebuild::never
                            : settings.rebuild ? Rebuild::always
                                               : Rebuild::if_needed;
    if (!restore_tables(log, tables, rebuild, logger)) return ExitCode::integrity;
    const std::optional<std::uint64_t> node = node_id(log);
    if (!node) {
        logger.critical("ledger_damaged what=\"the node's id is missing\"");
        return ExitCode::integrity;
    }

    const std::size_t threads = settings.threads != 0
                                    ? settings.threads
                                    : std::max(1U, std::thread::hardware_concurrency());
    const History history(log, tables.use_tail());
    AppliedSignal signal(tables);
    UseBatcher uses(threads, settings.usage.detail);
    boost::asio::io_context ledger_context(1);
    LocalCommitLog commit_log(log);
    Sequencer sequencer(
        ledger_context, log, commit_log, tables, signal, uses, system_clock(), system_random(),
        logger, [&](const LogFault& fault) { end_for(fault, logger); },
        sequencer_settings(settings, *node));
    CheckpointSigner signer(log, tables, *ledger.keys, system_clock(),
                            checkpoint_places(settings, logger), std::move(ledger.before),
                            [&](const LogFault& fault) { end_for(fault, logger); });
    HeadSealer sealer(log, tables, sequencer, settings.seal_interval,
                      [&](const LogFault& fault) { end_for(fault, logger); });
    UseIndexer use_indexer(log, tables.use_tail(),
                           [&](const LogFault& fault) { end_for(fault, logger); });
    const Checker checker(tables, uses, system_clock(), threads);
    const CallerTrust trust({settings.trusted_networks, settings.trusted_proxies});
    const Authenticator authenticator(checker, sequencer);
    DataPlane data(checker, trust, authenticator, sequencer, threads);
    HistoryThread history_thread;
    AdminDoor door(tables, history, sequencer, authenticator, checker, system_random(),
                   history_thread);
    Application application(
        tables, signal, data, door,
        {.log = log, .signer = signer, .sealer = sealer, .keys = ledger.keys->verifiers()},
        {settings.limits.body_bytes_max, settings.limits.import_bytes_max});
    ServerSettings wanted = server_settings(settings);
    wanted.threads = threads;
    Server server(std::move(wanted), application, logger);
    application.set_metrics([&] {
        return metrics_page({tables, checker, sequencer.counts(), server.counts(),
                             signer.published()->head.size, quarantined});
    });

    // A start that is not in the ledger yet is no start: nothing is served before.
    std::promise<void> begun;
    if (quarantined) {
        application.set_quarantine(ledger.quarantine);
        sequencer.refuse_all();
        begun.set_value();
    } else {
        sequencer.start([&] { begun.set_value(); });
        state_rotation(*ledger.keys, log, sequencer);
        signer.start();
        sealer.start();
        use_indexer.start();
    }
    std::thread ledger_thread([&] {
        try {
            ledger_context.run();
        } catch (const std::exception& error) {
            end_for({std::string("the ledger thread: ") + error.what()}, logger);
        }
    });
    begun.get_future().wait();
    const Started started = server.start();
    if (started) {
        const std::string address = address_of(settings, started.ports);
        print_all("ready " + address + "\n" + (dev ? dev_help(*dev, address) : std::string()));
        logger.info("serving address={} threads={} seq={}", address, threads, tables.applied());
        wait_for_stop(signals, server, logger);
    } else {
        logger.critical("not_serving what=\"{}\"", started.error);
    }
    application.set_stopping();
    signal.stop();
    server.stop();
    history_thread.stop();
    if (!quarantined) sealer.stop();
    if (!quarantined) sequencer.stop();
    ledger_thread.join();
    // Over the event that says that it stopped.
    if (!quarantined) signer.stop();
    if (!quarantined) use_indexer.stop();
    logger.info("stopped seq={}", tables.applied());
    return started ? ExitCode::success : ExitCode::error;
}

}  // namespace

ExitCode run_serve(const Settings& settings, spdlog::logger& logger) {
    const sigset_t signals = block_signals();
    raise_file_limit();
    if (!settings.dev) return serve_ledger(settings, logger, signals, nullptr);
    LoadedProfile profile;
    if (!settings.profile.empty()) profile = load_profile(settings.profile);
    if (!profile.problem.empty()) {
        print_error("--profile: " + profile.problem);
        return ExitCode::configuration;
    }
    const MadeDevLedger made = make_dev_ledger(std::move(profile.document));
    if (!made.ledger) {
        logger.critical("not_serving what=\"{}\"", made.problem);
        return ExitCode::error;
    }
    const DevLedger& dev = *made.ledger;
    Settings with_data = settings;
    with_data.data = dev.directory;
    const ExitCode exit_code = serve_ledger(with_data, logger, signals, &dev);
    remove_dev_ledger(dev);
    return exit_code;
}

}  // namespace keyledger
