#include "replication/disk_thread.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace keyledger {

namespace asio = boost::asio;

DiskThread::~DiskThread() {
    thread_.join();
}

asio::awaitable<std::optional<LogFault>> DiskThread::run(Work work) {
    auto initiate = [this](auto handler, Work job) {
        asio::post(thread_, [handler = std::move(handler), job = std::move(job)]() mutable {
            std::optional<LogFault> fault = job();
            auto executor = asio::get_associated_executor(handler);
            asio::post(executor,
                       [handler = std::move(handler), fault = std::move(fault)]() mutable {
                           std::move(handler)(std::move(fault));
                       });
        });
    };
    // GCC 12 destroys an owning temporary twice inside a co_await expression, so it has a name.
    auto waiting =
        asio::async_initiate<const asio::use_awaitable_t<>, void(std::optional<LogFault>)>(
            std::move(initiate), asio::use_awaitable, std::move(work));
    co_return co_await std::move(waiting);
}

}  // namespace keyledger
