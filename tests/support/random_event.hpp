#pragma once
// Events of every kind, with everything in them drawn from a seed.

#include "ledger/rules/event.hpp"

#include <cstddef>
#include <random>

namespace keyledger {

// Of the kind that stands at `kind` in EventBody. Each optional value, text, list, digest and
// erasable value is absent about as often as not; texts are any bytes.
Event random_event(std::mt19937_64& engine, std::size_t kind);

}  // namespace keyledger
