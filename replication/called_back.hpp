#pragma once
// From a call that is answered by a callback to one that is waited for.

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace keyledger {

// Waits for the one call of what `begin` is handed, and resumes where it was called from.
template <class Result, class Begin>
boost::asio::awaitable<Result> called_back(Begin begin) {
    auto initiate = [](auto handler, Begin begins) {
        auto executor = boost::asio::get_associated_executor(handler);
        // Shared because std::function wants to copy; there is one call.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        begins([executor, shared](Result result) {
            boost::asio::post(executor, [shared, result = std::move(result)]() mutable {
                std::move (*shared)(std::move(result));
            });
        });
    };
    // GCC 12 destroys an owning temporary twice inside a co_await expression, so it has a name.
    auto waiting = boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(Result)>(
        std::move(initiate), boost::asio::use_awaitable, std::move(begin));
    co_return co_await std::move(waiting);
}

}  // namespace keyledger
