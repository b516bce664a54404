#pragma once
// Which keys of an import are there already, so that it can go on without them.

#include "tools/commands/api.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace keyledger {

// The items of a call, by their places in it, whose digests a key has already, as its answer says;
// rising. None where the answer is of anything else.
std::vector<std::size_t> existing_in(const HttpAnswer& answer);

// The places of those of `digests` that a key has, rising; no more than a call's items. None where
// the server can't be asked: that wants the scope keys:read, and sees what the caller may see.
std::vector<std::size_t> existing_of(Api& api, const std::vector<std::string>& digests);

// The places of those of `digests` that stand before in the list, in any case, rising. What is
// empty repeats nothing.
std::vector<std::size_t> repeated_in(const std::vector<std::string>& digests);

// Takes away what stands at `places`, which rise.
void erase_at(std::vector<std::size_t>& items, const std::vector<std::size_t>& places);

}  // namespace keyledger
