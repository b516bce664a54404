#pragma once
// Waking those who wait until the tables show an event.

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace keyledger {

class Tables;

// `wait` on any thread that alone runs its io_context; `notify` on the ledger thread. `tables`
// outlives it, and it outlives the io_contexts.
class AppliedSignal {
public:
    explicit AppliedSignal(const Tables& tables);
    ~AppliedSignal();

    // True once `seq` is applied; false if that has not happened after `timeout`.
    boost::asio::awaitable<bool> wait(std::uint64_t seq, std::chrono::milliseconds timeout);

    // After each batch that was published.
    void notify();
    // Ends all waits, those to come too: the server stops.
    void stop();
    bool stopped() const;

private:
    struct Waiter;
    struct State;
    struct Registration;
    static void wake(const std::shared_ptr<Waiter>& waiter);

    const Tables& tables_;
    std::unique_ptr<State> state_;
};

}  // namespace keyledger
