#pragma once
// JSON as people read it: in lines, in cells of a table.

#include "http/json_document.hpp"
#include "tools/terminal/table.hpp"

#include <span>
#include <string>
#include <string_view>

namespace keyledger {

// Two blanks a level, a member or item a line; with a newline at its end.
std::string indented_json(const JsonValue& value);

// One cell: a text with its control characters escaped, nothing as "-", a list with commas; a rate
// limit or quota as 300/1m, a resource as kind/id; any other object as name=value.
std::string cell_text(const JsonValue* value);

struct Column {
    std::string_view title;
    std::string_view member;  // "actor.id" is a member of a member
    // Where one member does not say it; such a cell is shown whole, however narrow the terminal.
    std::string (*text)(const JsonValue& value) = nullptr;
};

// The value at "a.b", or null.
const JsonValue* member_at(const JsonValue& value, std::string_view path);
TableRow row_of(const JsonValue& value, std::span<const Column> columns);
// What table_text may use of a terminal so wide; 0 where the last cell is shown whole.
std::size_t columns_for(std::span<const Column> columns, std::size_t terminal_columns);
TableRow titles_of(std::span<const Column> columns);

// A line for each member: its name and value. A list of objects has a line for each.
Table details_of(const JsonValue& value);

}  // namespace keyledger
