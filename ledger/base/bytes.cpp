#include "ledger/base/bytes.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>

namespace keyledger {

namespace {

constexpr std::uint8_t no_digit = 0xff;
using DigitTable = std::array<std::uint8_t, 256>;

constexpr std::uint8_t as_byte(char character) {
    return static_cast<std::uint8_t>(character);
}

constexpr DigitTable digits_of(std::string_view alphabet) {
    DigitTable table{};
    table.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        table[as_byte(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return table;
}

constexpr std::string_view hex_alphabet = "0123456789abcdef";

constexpr DigitTable hex_digits = [] {
    DigitTable table = digits_of(hex_alphabet);
    for (unsigned i = 0; i < 6; ++i) table['A' + i] = static_cast<std::uint8_t>(10 + i);
    return table;
}();

// One of RFC 4648's two base-64 alphabets, both ways.
struct Base64 {
    std::string_view alphabet;
    DigitTable digits;

    constexpr explicit Base64(std::string_view characters)
        : alphabet(characters), digits(digits_of(characters)) {}
};

constexpr Base64 standard_base64(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
constexpr Base64 url_base64("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

// Without padding: n bytes become ceil(4n / 3) characters.
std::string encode(const Base64& base, std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned bits_count = 0;
    for (const char byte : bytes) {
        bits = bits << 8 | as_byte(byte);
        bits_count += 8;
        while (bits_count >= 6) {
            bits_count -= 6;
            text.push_back(base.alphabet[bits >> bits_count & 0x3f]);
        }
    }
    if (bits_count > 0) text.push_back(base.alphabet[bits << (6 - bits_count) & 0x3f]);
    return text;
}

// Of text without its padding.
std::optional<std::string> decode(const Base64& base, std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned bits_count = 0;
    for (const char character : text) {
        const std::uint8_t digit = base.digits[as_byte(character)];
        if (digit == no_digit) return std::nullopt;
        bits = bits << 6 | digit;
        bits_count += 6;
        if (bits_count < 8) continue;
        bits_count -= 8;
        bytes.push_back(static_cast<char>(bits >> bits_count & 0xff));
    }
    const std::uint32_t stray_bits = bits & ((1U << bits_count) - 1);
    if (stray_bits != 0) return std::nullopt;
    return bytes;
}

template <class Integer>
void append_big_endian(std::string& out, Integer value) {
    std::array<char, sizeof(Integer)> bytes;
    for (std::size_t i = bytes.size(); i-- > 0; value = static_cast<Integer>(value >> 8)) {
        bytes[i] = static_cast<char>(value & 0xff);
    }
    out.append(bytes.data(), bytes.size());
}

template <class Integer>
Integer load_big_endian(std::string_view bytes) {
    assert(bytes.size() >= sizeof(Integer));
    Integer value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
        value = static_cast<Integer>(value << 8 | as_byte(bytes[i]));
    }
    return value;
}

// The lead byte says how many follow, and the range that the first of them must be in: table 3-7 of
// the Unicode standard, which is where overlong forms and surrogates fall out.
struct Utf8Lead {
    std::size_t followers;
    std::uint8_t first_min, first_max;
};

constexpr std::optional<Utf8Lead> utf8_lead(std::uint8_t lead) {
    if (lead < 0x80) return Utf8Lead{0, 0, 0};
    if (lead < 0xc2) return std::nullopt;
    if (lead < 0xe0) return Utf8Lead{1, 0x80, 0xbf};
    if (lead == 0xe0) return Utf8Lead{2, 0xa0, 0xbf};
    if (lead == 0xed) return Utf8Lead{2, 0x80, 0x9f};
    if (lead < 0xf0) return Utf8Lead{2, 0x80, 0xbf};
    if (lead == 0xf0) return Utf8Lead{3, 0x90, 0xbf};
    if (lead < 0xf4) return Utf8Lead{3, 0x80, 0xbf};
    if (lead == 0xf4) return Utf8Lead{3, 0x80, 0x8f};
    return std::nullopt;
}

// The length of the character that `text` begins with; 0 if it is not well-formed.
std::size_t utf8_length(std::string_view text) {
    const std::optional<Utf8Lead> lead = utf8_lead(as_byte(text[0]));
    if (!lead || text.size() <= lead->followers) return 0;
    if (lead->followers == 0) return 1;
    const std::uint8_t first = as_byte(text[1]);
    if (first < lead->first_min || first > lead->first_max) return 0;
    for (std::size_t i = 2; i <= lead->followers; ++i) {
        if ((as_byte(text[i]) & 0xc0) != 0x80) return 0;
    }
    return lead->followers + 1;
}

bool starts_with_eight_ascii(std::string_view text) {
    std::uint64_t word;
    if (text.size() < sizeof word) return false;
    std::memcpy(&word, text.data(), sizeof word);
    return (word & 0x8080808080808080) == 0;
}

}  // namespace

std::optional<Digest> digest_from_bytes(std::string_view bytes) {
    Digest digest;
    if (bytes.size() != digest.size()) return std::nullopt;
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return digest;
}

std::string to_hex(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        text.push_back(hex_alphabet[as_byte(byte) >> 4]);
        text.push_back(hex_alphabet[as_byte(byte) & 0xf]);
    }
    return text;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::uint8_t high = hex_digits[as_byte(text[i])];
        const std::uint8_t low = hex_digits[as_byte(text[i + 1])];
        if (high == no_digit || low == no_digit) return std::nullopt;
        bytes.push_back(static_cast<char>(high << 4 | low));
    }
    return bytes;
}

std::string to_base64(std::string_view bytes) {
    std::string text = encode(standard_base64, bytes);
    text.resize((bytes.size() + 2) / 3 * 4, '=');
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    // A third `=` is left in, and is no digit.
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    return decode(standard_base64, text);
}

std::string to_base64url(std::string_view bytes) {
    return encode(url_base64, bytes);
}

std::optional<std::string> from_base64url(std::string_view text) {
    return decode(url_base64, text);
}

void append_u32(std::string& out, std::uint32_t value) {
    append_big_endian(out, value);
}

void append_u64(std::string& out, std::uint64_t value) {
    append_big_endian(out, value);
}

std::uint32_t load_u32(std::string_view bytes) {
    return load_big_endian<std::uint32_t>(bytes);
}

std::uint64_t load_u64(std::string_view bytes) {
    return load_big_endian<std::uint64_t>(bytes);
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    // Lengths are no secret here: digests have one, and a token's is seen on the wire.
    if (left.size() != right.size()) return false;
    return left.empty() || CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        if (starts_with_eight_ascii(text)) {
            text.remove_prefix(8);
            continue;
        }
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace keyledger
