#pragma once
// Which characters HTTP allows where (RFC 9110, section 5.6.2; RFC 3986, section 3.2.2).

#include <array>
#include <string_view>

namespace keyledger {

namespace detail {

constexpr std::array<bool, 256> character_set(std::string_view extra) {
    std::array<bool, 256> set{};
    for (int c = '0'; c <= '9'; ++c) set[static_cast<unsigned char>(c)] = true;
    for (int c = 'A'; c <= 'Z'; ++c) set[static_cast<unsigned char>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c) set[static_cast<unsigned char>(c)] = true;
    for (const char c : extra) set[static_cast<unsigned char>(c)] = true;
    return set;
}

inline constexpr std::array<bool, 256> token_characters = character_set("!#$%&'*+-.^_`|~");
inline constexpr std::array<bool, 256> authority_characters = character_set("-._~!$&'()*+,;=%:[]");

}  // namespace detail

// Methods and names of header fields are made of these.
constexpr bool is_token_character(char c) {
    return detail::token_characters[static_cast<unsigned char>(c)];
}

// A host with its port; no user before an '@'.
constexpr bool is_authority_character(char c) {
    return detail::authority_characters[static_cast<unsigned char>(c)];
}

// Values of header fields: blanks, tabs, visible characters and bytes over 0x7f.
constexpr bool is_value_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

// Targets of requests: visible ASCII.
constexpr bool is_target_character(char c) {
    return c > 0x20 && c < 0x7f;
}

template <bool (*is_allowed)(char)>
constexpr bool consists_of(std::string_view text) {
    for (const char c : text) {
        if (!is_allowed(c)) return false;
    }
    return true;
}

}  // namespace keyledger
