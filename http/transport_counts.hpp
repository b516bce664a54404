#pragma once
// What the transport counts: each HTTP thread its own, so that counting costs no locked
// instruction.

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace keyledger {

// Written by one thread, read by any.
class Counter {
public:
    void add(std::uint64_t amount) {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

// One HTTP thread's.
struct ThreadCounts {
    Counter accepted;        // connections
    Counter closed;          // of those
    Counter refused;         // connections over connections_max
    Counter requests;        // that were read whole
    Counter faults;          // requests that could not be read
    Counter bytes_received;  // after TLS
    Counter bytes_sent;      // before TLS
};

// The sum over all threads, as plain numbers for the metrics page.
struct TransportCounts {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_refused = 0;
    std::uint64_t requests = 0;
    std::uint64_t faults = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
};

// How many connections may be open at once, over all threads. May be used on any thread.
class ConnectionGate {
public:
    explicit ConnectionGate(std::size_t connections_max) : max_(connections_max) {}

    // True if there was room; then leave() gives it back.
    bool enter() {
        if (open_.fetch_add(1, std::memory_order_relaxed) < max_) return true;
        leave();
        return false;
    }
    void leave() { open_.fetch_sub(1, std::memory_order_relaxed); }

private:
    const std::size_t max_;
    std::atomic<std::size_t> open_{0};
};

}  // namespace keyledger
