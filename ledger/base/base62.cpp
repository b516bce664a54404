#include "ledger/base/base62.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace keyledger {

namespace {

constexpr std::string_view alphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static_assert(alphabet.size() == 62);

constexpr std::size_t u32_characters = 6;
constexpr unsigned even_draws_end = 248;  // the largest multiple of 62 that a byte can reach
constexpr std::size_t bytes_per_draw_max = 64;

constexpr std::array<bool, 256> in_alphabet = [] {
    std::array<bool, 256> table{};
    for (const char character : alphabet) table[static_cast<unsigned char>(character)] = true;
    return table;
}();

}  // namespace

bool is_base62(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char character) {
        return in_alphabet[static_cast<unsigned char>(character)];
    });
}

std::string base62_of_u32(std::uint32_t value) {
    std::string text(u32_characters, alphabet[0]);
    for (std::size_t place = u32_characters; value != 0; value /= 62) {
        text[--place] = alphabet[value % 62];
    }
    return text;
}

std::string random_base62(Random& random, std::size_t characters) {
    std::string text;
    text.reserve(characters);
    std::array<std::uint8_t, bytes_per_draw_max> drawn;
    while (text.size() < characters) {
        const std::size_t wanted = std::min(characters - text.size(), drawn.size());
        random.fill({drawn.data(), wanted});
        for (const std::uint8_t byte : std::span(drawn).first(wanted)) {
            if (byte < even_draws_end) text.push_back(alphabet[byte % 62]);
        }
    }
    // What was drawn may have become a token.
    sodium_memzero(drawn.data(), drawn.size());
    return text;
}

}  // namespace keyledger
