#pragma once
// Bytes as the ledger handles them: owned in std::string, looked at through std::string_view.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

// A SHA-256 value.
using Digest = std::array<std::uint8_t, 32>;

inline std::string_view view_of(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// The digest in `bytes`, or nothing if there are not exactly 32.
std::optional<Digest> digest_from_bytes(std::string_view bytes);

// Lower-case hexadecimal. Reading takes either case, and only whole bytes.
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

// RFC 4648 section 4, padded; and section 5 (`-` and `_`), without padding. Reading is strict: no
// white space, the right padding, and no stray bits in the last character.
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

// Big-endian integers, so that stored keys sort as numbers do. `load` needs that many bytes.
void append_u32(std::string& out, std::uint32_t value);
void append_u64(std::string& out, std::uint64_t value);
std::uint32_t load_u32(std::string_view bytes);
std::uint64_t load_u64(std::string_view bytes);

// True if equal; takes the same time wherever they differ.
bool equal_in_constant_time(std::string_view left, std::string_view right);

// Well-formed UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace keyledger
