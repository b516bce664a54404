#include "ledger/base/random.hpp"

#include <sodium.h>

#include <cstdlib>

namespace keyledger {

namespace {

class SystemRandom final : public Random {
public:
    // A negative answer means that the kernel gives no randomness: nothing can be minted safely.
    SystemRandom() {
        if (sodium_init() < 0) std::abort();
    }

    void fill(std::span<std::uint8_t> bytes) override {
        randombytes_buf(bytes.data(), bytes.size());
    }
};

}  // namespace

Random& system_random() {
    static SystemRandom random;
    return random;
}

}  // namespace keyledger
