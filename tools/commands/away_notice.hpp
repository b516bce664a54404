#pragma once
// When to say that a server which is looked at again and again does not answer: when it goes, now
// and then while it is away, and when it is back.

#include <chrono>
#include <cstdint>
#include <optional>

namespace keyledger {

// A value. Times are the caller's, and never go back.
class AwayNotice {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::minutes between{10};

    // A look failed: whether that is to be said.
    bool failed(Time now) {
        const bool is_due = !said_ || now - *said_ >= between;
        if (is_due) said_ = now;
        return is_due;
    }

    // A look succeeded: whether it is the first after one that failed.
    bool succeeded() {
        const bool was_away = said_.has_value();
        said_.reset();
        return was_away;
    }

private:
    std::optional<Time> said_;  // that it is away; nothing while it answers
};

}  // namespace keyledger
