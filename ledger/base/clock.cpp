#include "ledger/base/clock.hpp"

namespace keyledger {

namespace {

class SystemClock final : public Clock {
public:
    Timestamp now() const override {
        return std::chrono::floor<Duration>(std::chrono::system_clock::now());
    }
};

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace keyledger
