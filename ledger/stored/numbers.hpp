#pragma once
// What the schema holds as numbers: UUIDs and addresses in two halves, times, enumerators.

#include "ledger/base/bytes.hpp"
#include "ledger/base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keyledger {

using SixteenBytes = std::array<std::uint8_t, 16>;

// Big end first.
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

// Since the epoch.
inline std::int64_t milliseconds(Timestamp time) {
    return time.time_since_epoch().count();
}

inline Timestamp at(std::int64_t milliseconds) {
    return Timestamp(Duration(milliseconds));
}

// A number, or an enumerator, from 0 to `last`; false for any other.
template <class Number>
bool number(std::uint64_t value, Number last, Number& out) {
    out = static_cast<Number>(value);
    return value <= static_cast<std::uint64_t>(last);
}

}  // namespace keyledger
