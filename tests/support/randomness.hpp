#pragma once
// Randomness for tests: by a seed that a failing test prints, or by a script.

#include "ledger/base/random.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {

// A new one each time, unless the environment names one: KEYLEDGER_TEST_SEED=7. A test that uses it
// says so in its messages: INFO("KEYLEDGER_TEST_SEED=" << seed).
inline std::uint64_t test_seed() {
    if (const char* const chosen = std::getenv("KEYLEDGER_TEST_SEED")) {
        return std::strtoull(chosen, nullptr, 10);
    }
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

// Evenly from `least` to `most`, both included.
template <class Integer>
Integer draw(std::mt19937_64& engine, Integer least, Integer most) {
    return std::uniform_int_distribution<Integer>(least, most)(engine);
}

inline std::string draw_bytes(std::mt19937_64& engine, std::size_t count) {
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(draw<int>(engine, 0, 255));
    return bytes;
}

// The same bytes for the same seed. Lives on one thread.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

    void fill(std::span<std::uint8_t> bytes) override {
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(draw<int>(engine_, 0, 255));
        }
    }

private:
    std::mt19937_64 engine_;
};

// The bytes that it was given, in order; whoever asks for more ends the test. Lives on one thread.
class ScriptedRandom final : public Random {
public:
    explicit ScriptedRandom(std::vector<std::uint8_t> script) : script_(std::move(script)) {}

    void fill(std::span<std::uint8_t> bytes) override {
        assert(bytes.size() <= left());
        const auto from = script_.begin() + static_cast<std::ptrdiff_t>(used_);
        std::copy_n(from, bytes.size(), bytes.begin());
        used_ += bytes.size();
    }

    std::size_t left() const { return script_.size() - used_; }

private:
    std::vector<std::uint8_t> script_;
    std::size_t used_ = 0;
};

}  // namespace keyledger
