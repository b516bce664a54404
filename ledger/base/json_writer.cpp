#include "ledger/base/json_writer.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace keyledger {

namespace {

constexpr char as_it_is = '\0';
constexpr char by_number = 'u';

// What follows the backslash for each character: `as_it_is` if there is none.
constexpr std::array<char, 256> escapes = [] {
    std::array<char, 256> table{};
    for (std::size_t control = 0; control < 0x20; ++control) table[control] = by_number;
    table['\b'] = 'b';
    table['\f'] = 'f';
    table['\n'] = 'n';
    table['\r'] = 'r';
    table['\t'] = 't';
    table['"'] = '"';
    table['\\'] = '\\';
    return table;
}();

constexpr char escape_of(char character) {
    return escapes[static_cast<unsigned char>(character)];
}

void append_escaped(std::string& out, char character) {
    constexpr std::string_view digits = "0123456789abcdef";
    const char escape = escape_of(character);
    out.push_back('\\');
    out.push_back(escape);
    if (escape != by_number) return;
    const auto code = static_cast<unsigned char>(character);
    out.append("00");
    out.push_back(digits[code >> 4]);
    out.push_back(digits[code & 0xf]);
}

// Copies what needs no escape a run at a time: most text is one run.
void append_string(std::string& out, std::string_view text) {
    out.push_back('"');
    std::size_t run = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (escape_of(text[i]) == as_it_is) [[likely]]
            continue;
        out.append(text, run, i - run);
        append_escaped(out, text[i]);
        run = i + 1;
    }
    out.append(text, run);
    out.push_back('"');
}

template <class Integer>
void append_number(std::string& out, Integer number) {
    std::array<char, std::numeric_limits<Integer>::digits10 + 2> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

}  // namespace

JsonWriter& JsonWriter::begin_object() {
    separate();
    out_.push_back('{');
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::end_object() {
    out_.push_back('}');
    comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::begin_array() {
    separate();
    out_.push_back('[');
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::end_array() {
    out_.push_back(']');
    comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_string(out_, name);
    out_.push_back(':');
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    append_string(out_, text);
    return *this;
}

JsonWriter& JsonWriter::value(Timestamp time) {
    separate();
    out_.push_back('"');
    append_rfc3339(out_, time);
    out_.push_back('"');
    return *this;
}

JsonWriter& JsonWriter::value(std::nullptr_t) {
    return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_.append(json);
    return *this;
}

JsonWriter& JsonWriter::truth_(bool truth) {
    return raw(truth ? "true" : "false");
}

JsonWriter& JsonWriter::number_(std::int64_t number) {
    separate();
    append_number(out_, number);
    return *this;
}

JsonWriter& JsonWriter::number_(std::uint64_t number) {
    separate();
    append_number(out_, number);
    return *this;
}

// Every value comes through here first; after one, a comma is due.
void JsonWriter::separate() {
    if (comma_) out_.push_back(',');
    comma_ = true;
}

}  // namespace keyledger
