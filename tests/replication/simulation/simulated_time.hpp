#pragma once
// What happens when, in order, from a seed.

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <utility>

namespace keyledger {

using Millis = std::chrono::milliseconds;

class SimulatedTime {
public:
    explicit SimulatedTime(std::uint64_t seed) : random_(seed) {}

    Millis now() const { return now_; }
    std::mt19937_64& random() { return random_; }

    void after(Millis delay, std::function<void()> action) {
        queue_.push({now_ + delay, ++events_, std::move(action)});
    }
    // Does what is next, if it is not later than `end`; else it is `end`, and false.
    bool step(Millis end) {
        if (queue_.empty() || queue_.top().time > end) {
            now_ = std::max(now_, end);
            return false;
        }
        const Event event = queue_.top();
        queue_.pop();
        now_ = event.time;
        event.action();
        return true;
    }

private:
    struct Event {
        Millis time;
        std::uint64_t number;
        std::function<void()> action;
        bool operator<(const Event& other) const {
            return std::pair(time, number) > std::pair(other.time, other.number);
        }
    };

    std::mt19937_64 random_;
    Millis now_{0};
    std::uint64_t events_ = 0;
    std::priority_queue<Event> queue_;
};

}  // namespace keyledger
