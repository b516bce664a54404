#pragma once
// How much of a check is kept.

#include <cstdint>

namespace keyledger {

// `folded`: checks that look alike are one row with a count. `each`: a row a check, with its
// address.
enum class UsageDetail : std::uint8_t { folded, each };

}  // namespace keyledger
