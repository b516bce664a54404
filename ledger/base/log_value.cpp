#include "ledger/base/log_value.hpp"

#include "ledger/base/bytes.hpp"

#include <algorithm>
#include <cstdint>

namespace keyledger {

namespace {

// `code` is below U+10000.
void append_escaped(std::string& out, std::uint16_t code) {
    switch (code) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default: {
            const char bytes[] = {static_cast<char>(code >> 8), static_cast<char>(code)};
            out += "\\u" + to_hex(std::string_view(bytes, sizeof(bytes)));
        }
    }
}

// The bytes of the character that begins at `at`, or 0 if none does.
std::size_t character_bytes(std::string_view text, std::size_t at) {
    for (std::size_t length = 1; length <= 4 && at + length <= text.size(); ++length) {
        if (is_utf8(text.substr(at, length))) return length;
    }
    return 0;
}

std::uint16_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

// The code of a character of two or three bytes that must not be shown as it is, or 0. Those of
// three bytes begin a line (U+2028, U+2029) or turn the direction of what stands around them.
std::uint16_t unshown(std::string_view character) {
    if (character.size() == 2) {
        const std::uint16_t second = byte_at(character, 1);
        return character[0] == '\xc2' && second < 0xa0 ? second : std::uint16_t{0};
    }
    if (character.size() != 3 || character[0] != '\xe2') return 0;
    const auto code = static_cast<std::uint16_t>(0x2000 | ((byte_at(character, 1) & 0x3f) << 6) |
                                                 (byte_at(character, 2) & 0x3f));
    const bool turns = (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return turns ? code : std::uint16_t{0};
}

bool is_plain(char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '=' && c != '\\';
}

}  // namespace

std::string escape_controls(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c >= ' ' && c < '\x7f') {
            out += c;
            ++at;
            continue;
        }
        const std::size_t length = character_bytes(text, at);
        const std::string_view character = text.substr(at, length);
        const std::uint16_t code = length >= 2 ? unshown(character) : byte_at(text, at);
        if (code == 0 && length >= 2) {
            out += character;
        } else {
            append_escaped(out, code);
        }
        at += std::max<std::size_t>(length, 1);
    }
    return out;
}

std::string log_value(std::string_view text) {
    const bool cut = text.size() > log_value_bytes_max;
    if (cut) text = text.substr(0, log_value_bytes_max);
    std::string out;
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) {
        out = text;
    } else {
        std::string quoted;
        for (const char c : text) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
        out = '"' + escape_controls(quoted) + '"';
    }
    if (cut) out += "...";
    return out;
}

}  // namespace keyledger
