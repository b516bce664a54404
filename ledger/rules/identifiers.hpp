#pragma once
// Names of things: UUIDv7 (RFC 9562), and how a key's id is written.

#include "ledger/base/random.hpp"
#include "ledger/base/time.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

using Uuid = std::array<std::uint8_t, 16>;

// 48 bits of milliseconds, then version 7, variant 2, and 74 random bits.
Uuid mint_uuid7(Timestamp now, Random& random);

// "019abc...-....", lower case, RFC 9562 section 4.
std::string to_text(const Uuid& uuid);

struct KeyId {
    Uuid uuid{};
    friend auto operator<=>(const KeyId&, const KeyId&) = default;
};

// "key_" and 26 characters of Crockford's base 32, upper case; the first is 0 to 7. Reading takes
// either case, and none of Crockford's look-alikes (I, L, O, U), so that an id has one spelling.
std::string to_text(const KeyId& id);
void append_text(std::string& out, const KeyId& id);
std::optional<KeyId> parse_key_id(std::string_view text);

// Spreads well without more hashing: an id's last eight bytes are random.
struct KeyIdHash {
    std::size_t operator()(const KeyId& id) const noexcept;
};

// [a-z0-9-]{1,64}, neither first nor last a '-': a workspace's slug, as it stands in paths.
bool is_slug(std::string_view text);
// [a-z0-9]{1,16}: a token's prefix, an environment's tag.
bool is_tag(std::string_view text);
// [A-Za-z0-9._-]{1,64}: an environment's name, a resource's kind.
bool is_name(std::string_view text);

}  // namespace keyledger
