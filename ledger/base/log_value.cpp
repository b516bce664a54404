#include "ledger/base/log_value.hpp"

#include "ledger/base/bytes.hpp"

#include <algorithm>

namespace keyledger {

namespace {

void append_escaped_byte(std::string& out, char byte) {
    switch (byte) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00" + to_hex(std::string_view(&byte, 1));
    }
}

// The bytes of the character that begins at `at`, or 0 if none does.
std::size_t character_bytes(std::string_view text, std::size_t at) {
    for (std::size_t length = 1; length <= 4 && at + length <= text.size(); ++length) {
        if (is_utf8(text.substr(at, length))) return length;
    }
    return 0;
}

bool is_c1_control(std::string_view character) {
    return character.size() == 2 && character[0] == '\xc2' &&
           static_cast<unsigned char>(character[1]) < 0xa0;
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
        if (length >= 2 && !is_c1_control(character)) {
            out += character;
        } else {
            append_escaped_byte(out, length == 2 ? character[1] : c);
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
