#include "replication/local_commit_log.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <utility>

namespace keyledger {
namespace {

namespace asio = boost::asio;
using Work = std::function<std::optional<LogFault>()>;

// Runs `work` on the disk thread and resumes the caller where it was.
asio::awaitable<std::optional<LogFault>> on_disk_thread(asio::thread_pool& disk, Work work) {
    auto initiate = [&disk](auto handler, Work job) {
        asio::post(disk, [handler = std::move(handler), job = std::move(job)]() mutable {
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

}  // namespace

LocalCommitLog::~LocalCommitLog() {
    disk_.join();
}

asio::awaitable<std::optional<LogFault>> LocalCommitLog::commit(const LogBatch& batch) {
    Work work = [this, &batch] { return log_.append(batch); };
    return on_disk_thread(disk_, std::move(work));
}

asio::awaitable<std::optional<LogFault>> LocalCommitLog::put(const std::vector<Row>& rows) {
    Work work = [this, &rows] { return log_.put(rows); };
    return on_disk_thread(disk_, std::move(work));
}

}  // namespace keyledger
