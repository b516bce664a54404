#include "tools/report/csv.hpp"

#include <algorithm>
#include <array>

namespace keyledger {

namespace {

// The last four are the same in full width, which some spreadsheets read alike.
constexpr std::array<std::string_view, 8> formula_begins{
    "=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};

std::string text_of(const JsonValue& value) {
    switch (value.kind) {
        case JsonKind::null: return {};
        case JsonKind::boolean: return value.truth ? "true" : "false";
        case JsonKind::number:
        case JsonKind::string: return value.text;
        case JsonKind::object: return to_json(value);
        case JsonKind::array: break;
    }
    std::string text;
    for (const JsonValue& item : value.items) text += (text.empty() ? "" : ", ") + text_of(item);
    return text;
}

}  // namespace

std::string harmless_cell(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    const std::string_view rest = text.substr(begin);
    const bool is_formula =
        std::ranges::any_of(formula_begins, [&](auto sign) { return rest.starts_with(sign); });
    // A cell that begins with a tab or a new line is one to some, whatever follows.
    const bool begins_white = !text.empty() && text.front() != ' ' && begin > 0;
    return (is_formula || begins_white ? "'" : "") + std::string(text);
}

std::string csv_cell(const JsonValue* value) {
    if (!value) return {};
    const bool is_plain = value->kind == JsonKind::number || value->kind == JsonKind::boolean;
    return is_plain ? text_of(*value) : harmless_cell(text_of(*value));
}

std::string csv_record(const std::vector<std::string>& cells) {
    std::string record;
    for (const std::string& cell : cells) {
        if (&cell != &cells.front()) record += ',';
        if (cell.find_first_of("\",;\t\r\n") == std::string::npos && !cell.starts_with(' ')) {
            record += cell;
            continue;
        }
        record += '"';
        for (const char character : cell) {
            if (character == '"') record += '"';
            record += character;
        }
        record += '"';
    }
    return record + "\r\n";
}

}  // namespace keyledger
