#include "ledger/rules/secret.hpp"

#include "ledger/base/base62.hpp"
#include "ledger/base/crc.hpp"
#include "ledger/base/sha256.hpp"
#include "ledger/rules/identifiers.hpp"

#include <openssl/crypto.h>

#include <cassert>
#include <utility>

namespace keyledger {

namespace {

// The text before the next `_`, which is taken away too; nothing if there is none.
std::optional<std::string_view> take_part(std::string_view& rest) {
    const std::size_t end = rest.find('_');
    if (end == rest.npos) return std::nullopt;
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return part;
}

bool checksum_holds(std::string_view token) {
    const std::size_t checked = token.size() - checksum_characters;
    return base62_of_u32(crc32(token.substr(0, checked))) == token.substr(checked);
}

}  // namespace

void wipe(std::string& text) {
    text.resize(text.capacity());
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

Token::Token(std::string text) : text_(std::move(text)) {
    wipe(text);
}

Token::Token(Token&& other) noexcept : text_(std::move(other.text_)) {
    wipe(other.text_);
}

Token& Token::operator=(Token&& other) noexcept {
    if (this == &other) return *this;
    wipe(text_);
    text_ = std::move(other.text_);
    wipe(other.text_);
    return *this;
}

Token::~Token() {
    wipe(text_);
}

MintedSecret mint_secret(std::string_view prefix, std::string_view tag, Random& random) {
    assert(is_tag(prefix));
    assert(is_tag(tag));
    std::string hint = random_base62(random, hint_characters);
    std::string secret = random_base62(random, random_characters);

    // Room for all of it, since growing would leave a copy behind.
    std::string text;
    text.reserve(prefix.size() + tag.size() + 3 + hint_characters + random_characters +
                 checksum_characters);
    text.append(prefix).append("_").append(tag).append("_").append(hint).append("_").append(secret);
    text.append(base62_of_u32(crc32(text)));
    wipe(secret);

    const Digest digest = digest_of_token(text);
    return {.token = Token(std::move(text)), .digest = digest, .hint = std::move(hint)};
}

std::optional<TokenParts> inspect_token(std::string_view token) {
    std::string_view rest = token;
    const auto prefix = take_part(rest);
    if (!prefix || !is_tag(*prefix)) return std::nullopt;
    const auto tag = take_part(rest);
    if (!tag || !is_tag(*tag)) return std::nullopt;
    const auto hint = take_part(rest);
    if (!hint || hint->size() != hint_characters || !is_base62(*hint)) return std::nullopt;
    if (rest.size() != random_characters + checksum_characters || !is_base62(rest)) {
        return std::nullopt;
    }
    if (!checksum_holds(token)) return std::nullopt;
    return TokenParts{.prefix = *prefix, .tag = *tag, .hint = *hint};
}

Digest digest_of_token(std::string_view token) {
    return sha256(token);
}

}  // namespace keyledger
