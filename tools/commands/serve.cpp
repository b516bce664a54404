#include "tools/commands/serve.hpp"

#include "http/admin/admin_door.hpp"
#include "http/application.hpp"
#include "http/history_thread.hpp"
#include "http/metrics_page.hpp"
#include "http/server.hpp"
#include "replication/bootstrap.hpp"
#include "replication/checkpoint_signer.hpp"
#include "replication/head_sealer.hpp"
#include "replication/local_commit_log.hpp"
#include "replication/use_indexer.hpp"
#include "tools/commands/dev_ledger.hpp"
#include "tools/commands/serve_settings.hpp"
#include "tools/commands/served_directory.hpp"
#include "tools/commands/served_ledger.hpp"
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
#include <functional>
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

std::size_t threads_of(const Settings& settings) {
    return settings.threads != 0 ? settings.threads
                                 : std::max(1U, std::thread::hardware_concurrency());
}

// All parts, in the order of what they depend on; they go in the opposite one. Lives on the main
// thread; `settings`, `ledger`, `tables` and `logger` outlive it.
class Service {
public:
    Service(const Settings& settings, ServedLedger& ledger, Tables& tables, std::uint64_t node,
            spdlog::logger& logger);

    // Returns when the start is in the ledger, and signed: one that is not is no start, and nothing
    // is served before.
    void begin();
    Started listen() { return server_.start(); }
    // Until the program is told to stop.
    void serve(const sigset_t& signals) { wait_for_stop(signals, server_, logger_); }
    // Loses nothing: what runs is finished, and a checkpoint signed over the event that says that
    // it stopped.
    void end();

private:
    void run_ledger_thread();

    const ServedLedger& ledger_;
    const bool quarantined_;
    const std::size_t threads_;
    const Tables& tables_;
    spdlog::logger& logger_;
    const std::function<void(const LogFault&)> end_for_fault_;
    const History history_;
    AppliedSignal signal_;
    UseBatcher uses_;
    boost::asio::io_context ledger_context_{1};
    Applier applier_;
    LocalCommitLog commit_log_;
    Sequencer sequencer_;
    CheckpointSigner signer_;
    HeadSealer sealer_;
    UseIndexer use_indexer_;
    const Checker checker_;
    const CallerTrust trust_;
    const Authenticator authenticator_;
    DataPlane data_;
    HistoryThread history_thread_;
    HistoryThread backup_thread_{"backup"};
    AdminDoor door_;
    Application application_;
    Server server_;
    std::thread ledger_thread_;
};

Service::Service(const Settings& settings, ServedLedger& ledger, Tables& tables, std::uint64_t node,
                 spdlog::logger& logger)
    : ledger_(ledger),
      quarantined_(!ledger.quarantine.empty()),
      threads_(threads_of(settings)),
      tables_(tables),
      logger_(logger),
      end_for_fault_([&logger](const LogFault& fault) { end_for(fault, logger); }),
      history_(*ledger.opened.log, tables.use_tail()),
      signal_(tables),
      uses_(threads_, settings.usage.detail),
      applier_(*ledger.opened.log, tables, signal_),
      commit_log_(*ledger.opened.log, applier_),
      sequencer_(ledger_context_, *ledger.opened.log, commit_log_, tables, uses_, system_clock(),
                 system_random(), logger, end_for_fault_, sequencer_settings(settings, node)),
      signer_(*ledger.opened.log, tables, *ledger.keys, system_clock(),
              checkpoint_places(settings, logger), std::move(ledger.before), end_for_fault_),
      sealer_(*ledger.opened.log, tables, sequencer_, settings.seal_interval, end_for_fault_),
      use_indexer_(*ledger.opened.log, tables.use_tail(), end_for_fault_),
      checker_(tables, uses_, system_clock(), threads_),
      trust_({settings.trusted_networks, settings.trusted_proxies}),
      authenticator_(checker_, sequencer_),
      data_(checker_, trust_, authenticator_, sequencer_, threads_),
      door_(tables, history_, sequencer_, authenticator_, checker_, system_random(),
            history_thread_),
      application_(tables, signal_, data_, door_,
                   {.log = *ledger.opened.log,
                    .signer = signer_,
                    .sealer = sealer_,
                    .keys = ledger.keys->verifiers()},
                   backup_sources(settings, ledger, signer_, backup_thread_, logger),
                   {settings.limits.body_bytes_max, settings.limits.import_bytes_max}),
      server_(server_settings(settings, threads_), application_, logger) {
    application_.set_metrics([this] {
        return metrics_page({tables_, checker_, sequencer_.counts(), server_.counts(),
                             signer_.published()->head.size, quarantined_});
    });
}

void Service::begin() {
    std::promise<void> begun;
    if (quarantined_) {
        application_.set_quarantine(ledger_.quarantine);
        sequencer_.refuse_all();
        begun.set_value();
    } else {
        sequencer_.start([&begun] { begun.set_value(); });
        state_rotation(*ledger_.keys, *ledger_.opened.log, sequencer_);
        sealer_.start();
        use_indexer_.start();
    }
    ledger_thread_ = std::thread([this] { run_ledger_thread(); });
    begun.get_future().wait();
    if (!quarantined_) signer_.start();
}

void Service::run_ledger_thread() {
    try {
        ledger_context_.run();
    } catch (const std::exception& error) {
        end_for({std::string("the ledger thread: ") + error.what()}, logger_);
    }
}

void Service::end() {
    application_.set_stopping();
    signal_.stop();
    server_.stop();
    history_thread_.stop();
    backup_thread_.stop();
    if (!quarantined_) sealer_.stop();
    if (!quarantined_) sequencer_.stop();
    ledger_thread_.join();
    // Over the event that says that it stopped.
    if (!quarantined_) signer_.stop();
    if (!quarantined_) use_indexer_.stop();
}

ExitCode serve_ledger(const Settings& settings, spdlog::logger& logger, const sigset_t& signals,
                      const DevLedger* dev) {
    Tables tables;
    ServedLedger ledger = open_with_tables(settings, tables, logger);
    if (!ledger.opened.log) return ledger.opened.exit_code;
    const std::optional<std::uint64_t> node = node_id(*ledger.opened.log);
    if (!node) {
        logger.critical("ledger_damaged what=\"the node's id is missing\"");
        return ExitCode::integrity;
    }
    Service service(settings, ledger, tables, *node, logger);
    service.begin();
    if (ledger.quarantine.empty())
        forget_older_key(settings, *ledger.keys, *ledger.opened.log, logger);
    const Started started = service.listen();
    if (started) {
        const std::string address = address_of(settings, started.ports);
        print_all("ready " + address + "\n" + (dev ? dev_help(*dev, address) : std::string()));
        logger.info("serving addresses={} threads={} seq={}",
                    addresses_of(settings, started.ports), threads_of(settings), tables.applied());
        service.serve(signals);
    } else {
        logger.critical("not_serving what=\"{}\"", started.error);
    }
    service.end();
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
