#pragma once
// The words in which the transport's coroutines are written.

#include "http/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/fwd.h>

#include <chrono>
#include <exception>

namespace keyledger {

template <class T>
using HttpTask = boost::asio::awaitable<T, HttpExecutor>;

// Errors come as results.
inline constexpr auto as_result =
    boost::asio::as_tuple(boost::asio::use_awaitable_t<HttpExecutor>{});

using HttpTimer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, HttpExecutor>;

// What a coroutine is spawned with: the other of the two places where exceptions of others end.
struct LogFailure {
    spdlog::logger& log;
    void operator()(std::exception_ptr failure) const;
};

}  // namespace keyledger
