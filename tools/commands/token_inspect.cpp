#include "tools/commands/token_inspect.hpp"

#include "ledger/base/base62.hpp"
#include "ledger/base/crc.hpp"
#include "ledger/rules/secret.hpp"

#include <optional>

namespace keyledger {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view white = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(white);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

std::string report(const TokenParts& parts, std::string_view checksum) {
    std::string out;
    out.append("prefix    ").append(parts.prefix).append("\n");
    out.append("tag       ").append(parts.tag).append("\n");
    out.append("hint      ").append(parts.hint).append("\n");
    out.append("checksum  ").append(checksum).append("\n");
    return out;
}

}  // namespace

TokenReport inspect(std::string_view text) {
    const std::string_view token = trimmed(text);
    if (const std::optional<TokenParts> parts = inspect_token(token)) {
        return {.text = report(*parts, "holds"), .is_whole = true};
    }
    if (token.size() <= checksum_characters) return {};
    // With the right checksum, a token that was mistyped is one; anything else still is none.
    std::string mended(token.substr(0, token.size() - checksum_characters));
    mended += base62_of_u32(crc32(mended));
    const std::optional<TokenParts> parts = inspect_token(mended);
    if (!parts || !is_base62(token.substr(token.size() - checksum_characters))) return {};
    return {.text = report(*parts, "does not hold: the token was mistyped or altered"),
            .is_whole = false};
}

}  // namespace keyledger
