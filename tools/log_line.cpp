// How a line of the log is written (declared in logging.hpp): apart from the file that writes it
// out, since this part needs no logging library.

#include "ledger/base/bytes.hpp"
#include "ledger/base/json_writer.hpp"
#include "ledger/base/log_value.hpp"
#include "tools/logging.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace keyledger {

namespace {

struct Field {
    std::string name;
    std::string value;
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

// The length of `name=` at the start of `word`, or 0.
std::size_t name_length(std::string_view word) {
    if (word.empty() || !is_lower(word.front())) return 0;
    const auto is_name = [](char c) { return is_lower(c) || is_digit(c) || c == '_'; };
    const auto end = std::find_if_not(word.begin(), word.end(), is_name);
    if (end == word.end() || *end != '=') return 0;
    return static_cast<std::size_t>(end - word.begin()) + 1;
}

// A number as JSON writes it, and short enough that no reader rounds it away.
bool is_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    if (whole.empty() || text.size() > 15 || (whole.size() > 1 && whole[0] == '0')) return false;
    if (!std::all_of(whole.begin(), whole.end(), is_digit)) return false;
    if (point == text.size()) return true;
    const std::string_view fraction = text.substr(point + 1);
    return !fraction.empty() && std::all_of(fraction.begin(), fraction.end(), is_digit);
}

// \uHHHH as UTF-8, or nothing if `text` does not begin with one that stands for a character.
std::optional<std::string> unescaped_code_point(std::string_view text) {
    if (!text.starts_with("\\u")) return std::nullopt;
    const std::optional<std::string> bytes = from_hex(text.substr(2, 4));
    if (!bytes || bytes->size() != 2) return std::nullopt;
    const auto high = static_cast<unsigned char>(bytes->front());
    const auto low = static_cast<unsigned char>(bytes->back());
    const unsigned code = (unsigned{high} << 8) | low;
    const auto last = static_cast<char>(0x80 | (code & 0x3f));
    if (code < 0x80) return std::string{static_cast<char>(code)};
    if (code < 0x800) return std::string{static_cast<char>(0xc0 | (code >> 6)), last};
    const std::string character{static_cast<char>(0xe0 | (code >> 12)),
                                static_cast<char>(0x80 | ((code >> 6) & 0x3f)), last};
    return is_utf8(character) ? std::optional(character) : std::nullopt;
}

// Takes a value in quotes, as log_value writes it, from the front of `text`, with the quotes.
std::string take_quoted(std::string_view& text) {
    std::string value;
    std::size_t at = 1;
    while (at < text.size() && text[at] != '"') {
        if (text[at] != '\\' || at + 1 == text.size()) {
            value += text[at++];
        } else if (const auto character = unescaped_code_point(text.substr(at))) {
            value += *character;
            at += 6;
        } else {
            const char escaped = text[at + 1];
            value += escaped == 'n'   ? '\n'
                     : escaped == 'r' ? '\r'
                     : escaped == 't' ? '\t'
                                      : escaped;
            at += 2;
        }
    }
    text.remove_prefix(std::min(at + 1, text.size()));
    return value;
}

std::string take_until_space(std::string_view& text) {
    const std::size_t length = std::min(text.find(' '), text.size());
    std::string word(text.substr(0, length));
    text.remove_prefix(length);
    return word;
}

// The first has no name: it is the event.
std::vector<Field> fields_of(std::string_view message) {
    std::vector<Field> fields{{}};
    while (!message.empty()) {
        if (const std::size_t length = name_length(message); length > 0) {
            fields.push_back({std::string(message.substr(0, length - 1)), {}});
            message.remove_prefix(length);
            if (message.starts_with('"')) fields.back().value = take_quoted(message);
            fields.back().value += take_until_space(message);
        } else {
            std::string& value = fields.back().value;
            if (!value.empty()) value += ' ';
            value += take_until_space(message);
        }
        if (!message.empty()) message.remove_prefix(1);
    }
    return fields;
}

std::string json_line(Timestamp time, std::string_view level, std::string_view message) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("time", time).field("level", level);
    for (Field& field : fields_of(message)) {
        if (field.name.empty()) {
            field.name = "event";
        } else if (field.name == "time" || field.name == "level" || field.name == "event") {
            field.name += '_';
        }
        json.key(field.name);
        if (is_number(field.value)) {
            json.raw(field.value);
        } else {
            json.value(std::string_view(field.value));
        }
    }
    json.end_object();
    return out;
}

}  // namespace

std::string format_log_line(LogFormat format, Timestamp time, std::string_view level,
                            std::string_view message) {
    message = message.substr(0, log_message_bytes_max);
    std::string line;
    if (format == LogFormat::json) {
        line = json_line(time, level, message);
    } else {
        append_rfc3339(line, time);
        line.append(" ").append(level).append(" ").append(message);
    }
    // What is escaped here is the same in JSON's own strings.
    return escape_controls(line) + '\n';
}

}  // namespace keyledger
