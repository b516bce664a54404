#pragma once
// Why a command was not decided, or nobody knows what became of it.

#include <cstdint>

namespace keyledger {

enum class Unavailable : std::uint8_t {
    queue_full,
    stopping,
    not_leading,      // another node decides, or none can
    outcome_unknown,  // leadership was lost meanwhile: a repeat with its Idempotency-Key finds out
};

}  // namespace keyledger
