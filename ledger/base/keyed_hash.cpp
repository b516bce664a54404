#include "ledger/base/keyed_hash.hpp"

#include "ledger/base/random.hpp"

#include <sodium.h>

#include <array>
#include <cstring>

namespace keyledger {
namespace {

using Key = std::array<std::uint8_t, crypto_shorthash_KEYBYTES>;

Key draw_key() {
    Key key{};
    system_random().fill(key);
    return key;
}

}  // namespace

std::uint64_t keyed_hash(std::string_view bytes) {
    static const Key key = draw_key();
    std::array<std::uint8_t, crypto_shorthash_BYTES> hash{};
    crypto_shorthash(hash.data(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                     key.data());
    std::uint64_t value = 0;
    std::memcpy(&value, hash.data(), sizeof value);
    return value;
}

}  // namespace keyledger
