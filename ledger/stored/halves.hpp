#pragma once
// A UUID or an address as the schema holds it: two numbers, big end first.

#include "ledger/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keyledger {

using SixteenBytes = std::array<std::uint8_t, 16>;

struct Halves {
    std::uint64_t high = 0, low = 0;
};

inline Halves halves(const SixteenBytes& bytes) {
    const std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {.high = load_u64(view), .low = load_u64(view.substr(8))};
}

inline SixteenBytes joined(const Halves& halves) {
    SixteenBytes bytes;
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::uint8_t>(halves.high >> (56 - 8 * i));
        bytes[8 + i] = static_cast<std::uint8_t>(halves.low >> (56 - 8 * i));
    }
    return bytes;
}

}  // namespace keyledger
