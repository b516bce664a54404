#include "http/history_thread.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <functional>
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

HistoryThread::HistoryThread(const char* name) : reading_(std::make_unique<Reading>()) {
    reading_->thread = std::thread([&io = reading_->io, name] {
        pthread_setname_np(pthread_self(), name);
        // On Linux a thread has a niceness of its own.
        setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
        io.run();
    });
}

HistoryThread::~HistoryThread() {
    stop();
}

// Goes from turn to turn by posts of its own, not as a coroutine over there: Asio 1.81 hands a
// cancellation to another thread by a pointer to what the coroutine here may have destroyed by
// then.
struct HistoryThread::Reader {
    Turns turns;
    // Nobody waits for it any more. Shared with the caller's slot, which must not own the rest:
    // that owns the caller.
    std::shared_ptr<std::atomic<bool>> gone = std::make_shared<std::atomic<bool>>(false);
    std::function<void(boost::system::error_code)> done;
};

void HistoryThread::take_turn(std::shared_ptr<Reader> reader) {
    asio::io_context& io = reading_->io;
    asio::post(io, [this, reader = std::move(reader)]() mutable {
        if (reading_->stopping.load() || reader->gone->load()) {
            reader->done(asio::error::operation_aborted);
        } else if (reader->turns.call(reader->turns.it)) {
            take_turn(std::move(reader));
        } else {
            reader->done({});
        }
    });
}

asio::awaitable<void> HistoryThread::take(Turns turns) {
    auto initiate = [this, turns](auto handler) {
        auto reader = std::make_shared<Reader>();
        reader->turns = turns;
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            slot.assign([gone = reader->gone](asio::cancellation_type) { gone->store(true); });
        }
        auto executor = asio::get_associated_executor(handler);
        // Shared because std::function wants to copy; there is one call.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        reader->done = [executor, shared](boost::system::error_code error) {
            asio::post(executor, [shared, error] { std::move (*shared)(error); });
        };
        take_turn(std::move(reader));
    };
    // GCC 12 destroys an owning temporary twice inside a co_await expression, so it has a name.
    auto waiting =
        asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code)>(
            std::move(initiate), asio::use_awaitable);
    co_await std::move(waiting);
}

void HistoryThread::destroy_there(std::shared_ptr<void> held) {
    if (reading_->stopping.load()) return;
    asio::post(reading_->io, [held = std::move(held)] {});
}

void HistoryThread::stop() {
    if (!reading_->thread.joinable()) return;
    reading_->stopping.store(true);
    reading_->guard.reset();
    reading_->thread.join();
}

}  // namespace keyledger
