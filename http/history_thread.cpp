#include "http/history_thread.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <utility>

namespace keyledger {

namespace asio = boost::asio;

struct HistoryThread::Reading {
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard = asio::make_work_guard(io);
    std::atomic<bool> stopping{false};
    std::thread thread;
};

namespace {

// Behind the threads that answer checks, where all cores are busy.
constexpr int niceness = 10;

}  // namespace

HistoryThread::HistoryThread() : reading_(std::make_unique<Reading>()) {
    reading_->thread = std::thread([&io = reading_->io] {
        pthread_setname_np(pthread_self(), "history");
        // On Linux a thread has a niceness of its own.
        setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
        io.run();
    });
}

HistoryThread::~HistoryThread() {
    stop();
}

asio::awaitable<void> HistoryThread::take(Turns turns) {
    const auto take_all = [](const Reading& reading, Turns all) -> asio::awaitable<void> {
        while (!reading.stopping.load() && all.call(all.it))
            co_await asio::post(asio::use_awaitable);
    };
    auto taken = take_all(*reading_, turns);
    co_await asio::co_spawn(reading_->io, std::move(taken), asio::use_awaitable);
}

void HistoryThread::stop() {
    if (!reading_->thread.joinable()) return;
    reading_->stopping.store(true);
    reading_->guard.reset();
    reading_->thread.join();
}

}  // namespace keyledger
