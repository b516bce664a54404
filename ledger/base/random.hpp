#pragma once
// Where the shell gets its randomness from. The core never asks: random values are arguments there.

#include <cstddef>
#include <cstdint>
#include <span>

namespace keyledger {

// May be called on any thread.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

// The kernel's generator, by libsodium; lives for ever.
Random& system_random();

}  // namespace keyledger
