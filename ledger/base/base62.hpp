#pragma once
// Base 62 (0-9A-Za-z), as tokens are written.

#include "ledger/base/random.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyledger {

bool is_base62(std::string_view text);

// `value`, left-padded with '0' to six characters: 62^6 is more than 2^32.
std::string base62_of_u32(std::uint32_t value);

// `characters` characters, each drawn evenly (bytes of 248 and more are drawn again).
std::string random_base62(Random& random, std::size_t characters);

}  // namespace keyledger
