#pragma once
// Tokens: `<prefix>_<tag>_<hint>_<random><checksum>`. Only SHA-256 of the whole token is ever kept.

#include "ledger/base/bytes.hpp"
#include "ledger/base/random.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr std::size_t hint_characters = 8;
inline constexpr std::size_t random_characters = 32;
inline constexpr std::size_t checksum_characters = 6;
inline constexpr std::size_t token_bytes_max = 512;  // an imported token may have any shape

// Overwrites the text, spare room and all, and empties it.
void wipe(std::string& text);

// A credential in the clear. Neither copied by accident nor formatted: it is shown once, and wiped
// when it goes.
class Token {
public:
    explicit Token(std::string text);
    // What is moved from keeps nothing, not even the bytes that a short string leaves behind.
    Token(Token&& other) noexcept;
    Token& operator=(Token&& other) noexcept;
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;
    ~Token();  // overwrites the text

    std::string_view text() const { return text_; }

private:
    std::string text_;
};

struct MintedSecret {
    Token token;
    Digest digest;     // SHA-256 of the whole token
    std::string hint;  // eight characters that identify the key to a person
};

// Prefix and tag must be tags (is_tag).
MintedSecret mint_secret(std::string_view prefix, std::string_view tag, Random& random);

struct TokenParts {
    std::string_view prefix, tag, hint;
};

// The parts of a token whose shape and checksum are right; nothing for any other text. The views
// are into `token`.
std::optional<TokenParts> inspect_token(std::string_view token);

Digest digest_of_token(std::string_view token);

}  // namespace keyledger
