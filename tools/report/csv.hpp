#pragma once
// CSV (RFC 4180) that a spreadsheet may open: no cell is a formula.

#include "http/json_document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// A text that a spreadsheet would take for a formula ("=1+1", "@SUM", "-2+3", also behind blanks
// and in full width) with an apostrophe in front of it; any other as it is.
std::string harmless_cell(std::string_view text);

// A value as one cell, harmless: nothing is empty, a list has commas, an object is its JSON.
// Numbers and truths, which nobody chose, are as they are.
std::string csv_cell(const JsonValue* value);

// One record, with its CR and LF; a cell is in double quotes where it must be.
std::string csv_record(const std::vector<std::string>& cells);

}  // namespace keyledger
