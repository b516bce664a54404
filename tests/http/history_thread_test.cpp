// Turns on the history thread, beside a thread that answers requests.

#include "http/history_thread.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace keyledger {

namespace {

namespace asio = boost::asio;

// A thread that requests live on. Its context outlives what is read.
class RequestThread {
public:
    RequestThread() : thread_([this] { io_.run(); }) {}
    ~RequestThread() { stop(); }
    RequestThread(const RequestThread&) = delete;
    RequestThread& operator=(const RequestThread&) = delete;

    void stop() {
        if (!thread_.joinable()) return;
        io_.stop();
        thread_.join();
    }
    void spawn(asio::awaitable<void> request) {
        asio::co_spawn(io_, std::move(request), asio::detached);
    }
    // Returns once the thread has answered something else.
    void answer_something() {
        std::promise<void> answered;
        asio::post(io_, [&answered] { answered.set_value(); });
        answered.get_future().wait();
    }
    std::thread::id id() const { return thread_.get_id(); }
    asio::io_context& io() { return io_; }

private:
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_ = asio::make_work_guard(io_);
    std::thread thread_;
};

asio::awaitable<void> read_once(HistoryThread& history, std::promise<void>& begun,
                                std::shared_future<void> may_end, std::promise<std::thread::id>& on,
                                std::promise<std::thread::id>& resumed_on) {
    const auto turn = [&] {
        begun.set_value();
        may_end.wait();
        on.set_value(std::this_thread::get_id());
    };
    co_await history.once(turn);
    resumed_on.set_value(std::this_thread::get_id());
}

asio::awaitable<void> read_by_turns(HistoryThread& history, char name, std::size_t turns,
                                    std::vector<char>& taken, std::promise<void>& done) {
    const auto turn = [&] {
        taken.push_back(name);
        return --turns > 0;
    };
    co_await history.run(turn);
    done.set_value();
}

asio::awaitable<void> read_for_ever(HistoryThread& history, std::promise<void>& begun,
                                    std::atomic<bool>& resumed) {
    bool first = true;
    const auto turn = [&] {
        if (first) begun.set_value();
        first = false;
        return true;
    };
    co_await history.run(turn);
    resumed = true;
}

}  // namespace

TEST_CASE("while the past is read, the requests' thread answers others, and goes on there") {
    RequestThread requests;
    HistoryThread history;
    std::promise<void> begun, may_end;
    std::promise<std::thread::id> on, resumed_on;
    requests.spawn(read_once(history, begun, may_end.get_future().share(), on, resumed_on));
    begun.get_future().wait();
    requests.answer_something();
    may_end.set_value();
    const std::thread::id history_thread = on.get_future().get();
    CHECK(history_thread != requests.id());
    CHECK(history_thread != std::this_thread::get_id());
    CHECK(resumed_on.get_future().get() == requests.id());
}

TEST_CASE("readers take turns, so that a long look holds up no short one") {
    RequestThread requests;
    HistoryThread history;
    std::promise<void> begun, may_end, long_done, short_done;
    std::promise<std::thread::id> on, resumed_on;
    std::vector<char> taken;
    requests.spawn(read_once(history, begun, may_end.get_future().share(), on, resumed_on));
    begun.get_future().wait();
    requests.spawn(read_by_turns(history, 'l', 100, taken, long_done));
    requests.spawn(read_by_turns(history, 's', 2, taken, short_done));
    requests.answer_something();  // both wait for the history thread now
    may_end.set_value();
    long_done.get_future().wait();
    short_done.get_future().wait();
    REQUIRE(taken.size() == 102);
    CHECK(std::vector<char>(taken.begin(), taken.begin() + 5) ==
          std::vector<char>{'l', 's', 'l', 's', 'l'});
}

TEST_CASE("what is let go of is destroyed on that thread, and on one's own once it has stopped") {
    const auto noting = [](std::promise<std::thread::id>& on) {
        return std::shared_ptr<void>(
            nullptr, [&on](void*) { on.set_value(std::this_thread::get_id()); });
    };
    HistoryThread history;
    std::promise<std::thread::id> first, second;
    history.destroy_there(noting(first));
    CHECK(first.get_future().get() != std::this_thread::get_id());
    history.stop();
    history.destroy_there(noting(second));
    CHECK(second.get_future().get() == std::this_thread::get_id());
}

TEST_CASE("a stop ends what is being read, and hands it back without going on") {
    std::atomic<bool> resumed = false;
    {
        RequestThread requests;
        HistoryThread history;
        std::promise<void> begun;
        requests.spawn(read_for_ever(history, begun, resumed));
        begun.get_future().wait();
        requests.stop();
        history.stop();
    }
    CHECK_FALSE(resumed);
}

TEST_CASE("who is cancelled is handed back in the middle, and no further turn is begun") {
    RequestThread requests;
    HistoryThread history;
    std::promise<void> begun;
    std::promise<boost::system::error_code> ended;
    asio::cancellation_signal cancelled;
    std::atomic<std::size_t> turns = 0;
    const auto read = [](HistoryThread& thread, std::promise<void>& first,
                         std::atomic<std::size_t>& count) -> asio::awaitable<void> {
        const auto turn = [&] {
            if (count++ == 0) first.set_value();
            return true;
        };
        co_await thread.run(turn);
    };
    const auto end = [&](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
            ended.set_value({});
        } catch (const boost::system::system_error& error) {
            ended.set_value(error.code());
        }
    };
    asio::co_spawn(requests.io(), read(history, begun, turns),
                   asio::bind_cancellation_slot(cancelled.slot(), end));
    begun.get_future().wait();
    asio::post(requests.io(), [&] { cancelled.emit(asio::cancellation_type::terminal); });
    CHECK(ended.get_future().get() == asio::error::operation_aborted);
    requests.answer_something();
    const std::size_t then = turns;
    std::promise<void> later;
    std::vector<char> taken;
    requests.spawn(read_by_turns(history, 'x', 3, taken, later));
    later.get_future().wait();
    CHECK(turns == then);
}

}  // namespace keyledger
