#include "replication/use_indexer.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace keyledger {
namespace {

constexpr std::chrono::seconds look_every{1};
constexpr std::chrono::seconds write_every{60};

}  // namespace

UseIndexer::UseIndexer(EventLog& log, UseTail& tail, std::function<void(const LogFault&)> on_fault)
    : log_(log), tail_(tail), on_fault_(std::move(on_fault)) {}

UseIndexer::~UseIndexer() {
    if (thread_.joinable()) stop();
}

void UseIndexer::start() {
    thread_ = std::thread([this] { run(); });
}

void UseIndexer::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void UseIndexer::run() {
    auto written = std::chrono::steady_clock::now();
    bool last = false;
    while (!last) {
        {
            std::unique_lock lock(mutex_);
            last = wake_.wait_for(lock, look_every, [&] { return stopping_; });
        }
        const auto now = std::chrono::steady_clock::now();
        const bool due = last || now - written >= write_every;
        if (!due && tail_.size() < use_rows_worth_writing) continue;
        written = now;
        if (const std::optional<LogFault> fault = write_use_rows(log_, tail_)) {
            on_fault_(*fault);
            return;
        }
    }
}

}  // namespace keyledger
