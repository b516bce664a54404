#include "http/server.hpp"

#include "http/listener.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

namespace keyledger {

namespace {

namespace asio = boost::asio;

// For connections to notice that they were ended by force.
constexpr std::chrono::milliseconds force_wait{1'000};

thread_local std::size_t thread_index = no_http_thread;

// In the order in which they may be destroyed, last first: a coroutine that the io_context still
// holds takes its session off the list of Sessions.
struct HttpThread {
    std::unique_ptr<Sessions> sessions;
    asio::io_context io{1};
    std::vector<std::unique_ptr<Listener>> listeners;  // one an endpoint; null where it has none
    std::thread thread;
};

// Signals are for the main thread: a thread inherits the mask of who makes it.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_;
};

}  // namespace

class Server::Threads {
public:
    Threads(ServerSettings settings, Service& service, spdlog::logger& log);

    Started start();
    void stop();
    std::string reload_certificates();
    std::size_t count() const { return threads_.size(); }
    asio::io_context& io_context(std::size_t thread) { return threads_.at(thread)->io; }
    TransportCounts counts() const;

private:
    // One an endpoint, null where it has no TLS. With an error, none.
    std::vector<TlsContext> load_contexts(std::string& error) const;
    std::string listen(const ServerEndpoint& endpoint, const TlsContext& tls, std::uint16_t& port);
    void run(std::size_t index);
    void one_is_empty();
    bool wait_until_empty(std::chrono::milliseconds limit);

    const ServerSettings settings_;
    spdlog::logger& log_;
    ConnectionGate gate_;
    bool running_ = false;

    // Guarded by the mutex: how many threads have no session left after stop().
    std::mutex mutex_;
    std::condition_variable emptied_;
    std::size_t empty_ = 0;

    std::vector<std::unique_ptr<HttpThread>> threads_;
};

Server::Threads::Threads(ServerSettings settings, Service& service, spdlog::logger& log)
    : settings_(std::move(settings)), log_(log), gate_(settings_.connections_max) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t wanted = settings_.threads == 0 ? cores : settings_.threads;
    for (std::size_t i = 0; i < wanted; ++i) {
        auto& thread = threads_.emplace_back(std::make_unique<HttpThread>());
        thread->sessions =
            std::make_unique<Sessions>(thread->io, service, log, gate_, settings_.sessions);
    }
}

Started Server::Threads::start() {
    assert(!running_);
    Started started;
    const std::vector<TlsContext> contexts = load_contexts(started.error);
    for (std::size_t i = 0; i < contexts.size() && started; ++i) {
        started.error = listen(settings_.endpoints[i], contexts[i], started.ports.emplace_back());
    }
    if (!started) {
        for (auto& thread : threads_) {
            for (auto& listener : thread->listeners) {
                if (listener) listener->stop();
            }
            thread->listeners.clear();
        }
        started.ports.clear();
        return started;
    }
    running_ = true;
    const SignalsBlocked blocked;
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        threads_[i]->thread = std::thread(&Threads::run, this, i);
    }
    return started;
}

std::vector<TlsContext> Server::Threads::load_contexts(std::string& error) const {
    std::vector<TlsContext> contexts;
    for (const ServerEndpoint& endpoint : settings_.endpoints) {
        TlsContext& context = contexts.emplace_back();
        if (!endpoint.tls) continue;
        TlsLoaded loaded = load_tls(*endpoint.tls);
        if (!loaded.context) {
            error = std::move(loaded.error);
            return {};
        }
        context = std::move(loaded.context);
    }
    return contexts;
}

// Every thread gets a place for the endpoint, so that places and endpoints keep the same order.
std::string Server::Threads::listen(const ServerEndpoint& endpoint, const TlsContext& tls,
                                    std::uint16_t& port) {
    std::vector<HttpExecutor> executors;
    std::vector<Sessions*> all;
    for (auto& thread : threads_) {
        executors.push_back(thread->io.get_executor());
        all.push_back(thread->sessions.get());
        thread->listeners.emplace_back();
    }
    const bool unix_socket = !endpoint.unix_path.empty();
    Opened opened = unix_socket ? open_unix(endpoint.unix_path, executors.front())
                                : open_tcp(endpoint.host, endpoint.port, executors);
    for (std::size_t i = 0; i < opened.acceptors.size(); ++i) {
        const std::vector<Sessions*> targets = unix_socket ? all : std::vector{all[i]};
        threads_[i]->listeners.back() = std::make_unique<Listener>(
            std::move(opened.acceptors[i]), targets, gate_, log_, tls, endpoint.unix_path);
    }
    port = opened.port;
    return opened.error;
}

void Server::Threads::run(std::size_t index) {
    thread_index = index;
    pthread_setname_np(pthread_self(), ("http-" + std::to_string(index)).c_str());
    HttpThread& thread = *threads_[index];
    for (auto& listener : thread.listeners) {
        if (listener) listener->start();
    }
    const auto guard = asio::make_work_guard(thread.io);
    thread.io.run();
}

void Server::Threads::stop() {
    assert(thread_index == no_http_thread);
    if (!std::exchange(running_, false)) return;
    for (auto& thread : threads_) {
        asio::post(thread->io, [this, &thread = *thread] {
            for (auto& listener : thread.listeners) {
                if (listener) listener->stop();
            }
            thread.sessions->stop([this] { one_is_empty(); });
        });
    }
    if (!wait_until_empty(settings_.stop_deadline)) {
        log_.warn("stop_forced");
        for (auto& thread : threads_) {
            asio::post(thread->io, [&thread = *thread] { thread.sessions->stop_now(); });
        }
        wait_until_empty(force_wait);
    }
    for (auto& thread : threads_) thread->io.stop();
    for (auto& thread : threads_) thread->thread.join();
}

void Server::Threads::one_is_empty() {
    const std::lock_guard lock(mutex_);
    ++empty_;
    emptied_.notify_one();
}

bool Server::Threads::wait_until_empty(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return emptied_.wait_for(lock, limit, [this] { return empty_ == threads_.size(); });
}

std::string Server::Threads::reload_certificates() {
    std::string error;
    const std::vector<TlsContext> contexts = load_contexts(error);
    if (!error.empty()) return error;
    for (auto& thread : threads_) {
        asio::post(thread->io, [&thread = *thread, contexts] {
            for (std::size_t i = 0; i < thread.listeners.size(); ++i) {
                if (thread.listeners[i]) thread.listeners[i]->use(contexts[i]);
            }
        });
    }
    return {};
}

TransportCounts Server::Threads::counts() const {
    TransportCounts sum;
    for (const auto& thread : threads_) {
        const ThreadCounts& counts = thread->sessions->counts();
        // Read before `accepted`, so that no connection is closed that was not accepted.
        const std::uint64_t closed = counts.closed.value();
        const std::uint64_t accepted = counts.accepted.value();
        sum.connections_open += accepted - closed;
        sum.connections_accepted += accepted;
        sum.connections_refused += counts.refused.value();
        sum.requests += counts.requests.value();
        sum.faults += counts.faults.value();
        sum.bytes_received += counts.bytes_received.value();
        sum.bytes_sent += counts.bytes_sent.value();
    }
    return sum;
}

std::size_t http_thread_index() {
    return thread_index;
}

Server::Server(ServerSettings settings, Service& service, spdlog::logger& log)
    : threads_(std::make_unique<Threads>(std::move(settings), service, log)) {}

Server::~Server() {
    stop();
}

Started Server::start() {
    return threads_->start();
}

void Server::stop() {
    threads_->stop();
}

std::string Server::reload_certificates() {
    return threads_->reload_certificates();
}

std::size_t Server::thread_count() const {
    return threads_->count();
}

asio::io_context& Server::io_context(std::size_t thread) {
    return threads_->io_context(thread);
}

TransportCounts Server::counts() const {
    return threads_->counts();
}

}  // namespace keyledger
