#pragma once
// A hash that nobody outside this process can predict: for tables whose keys others may choose.

#include <cstdint>
#include <string_view>

namespace keyledger {

// SipHash-2-4 by libsodium, with a key drawn once a process. Any thread; differs from run to run,
// so that it must never decide an order that is seen.
std::uint64_t keyed_hash(std::string_view bytes);

}  // namespace keyledger
