#pragma once
// What may be erased of an event, and the commitments that stand for it in the leaf
// (event_codec.hpp).

#include "ledger/base/random.hpp"
#include "ledger/rules/event.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace keyledger {

// Sets the commitment of each erasable value of `event`, with a salt from `salts` each, drawn all
// at once. Gives the values with their salts in the order of their ordinals; empty if there are
// none. One that was erased keeps the commitment that it has, asserted, and is not among them. Any
// thread.
std::string commit(Event& event, Random& salts);

// The reverse: `event` has the commitments, and gets the values that `personal` still holds; one
// with a commitment and no value is marked erased. False if `personal` is anything else than such
// values in order, or one does not fit its commitment; `event` is then of no use. Any thread.
bool restore(Event& event, std::string_view personal);

// Computes the commitment of each value in `personal`, in order, until `visit` returns false. True
// if `personal` is such values and nothing else, and `visit` was content with all. Any thread.
bool each_commitment(std::string_view personal,
                     const std::function<bool(const Digest& commitment)>& visit);

}  // namespace keyledger
