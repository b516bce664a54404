#pragma once
// SHA-256 by OpenSSL, with the digest fetched once and one context a thread.

#include "ledger/base/bytes.hpp"

#include <initializer_list>
#include <string_view>

namespace keyledger {

// May be called on any thread. Ends the process if OpenSSL fails, which only a lack of memory
// causes.
Digest sha256(std::string_view bytes);

// Of the parts one after the other.
Digest sha256(std::initializer_list<std::string_view> parts);

}  // namespace keyledger
