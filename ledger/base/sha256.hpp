#pragma once
// SHA-256 by OpenSSL, with the digest fetched once and one context a thread.

#include "ledger/base/bytes.hpp"

#include <initializer_list>
#include <memory>
#include <string_view>

namespace keyledger {

// May be called on any thread. Ends the process if OpenSSL fails, which only a lack of memory
// causes.
Digest sha256(std::string_view bytes);

// Of the parts one after the other.
Digest sha256(std::initializer_list<std::string_view> parts);

// Of bytes that come piece by piece. A resource of one thread at a time.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::string_view bytes);
    // Of all that was added; begins anew.
    Digest take();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace keyledger
