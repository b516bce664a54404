#pragma once
// Rows of text in columns, for people.

#include <cstddef>
#include <string>
#include <vector>

namespace keyledger {

using TableRow = std::vector<std::string>;

struct Table {
    TableRow titles;  // may be empty: then there is no line of them
    std::vector<TableRow> rows;
};

// Each column is as wide as its widest cell, two blanks apart; no blanks at a line's end. Control
// characters are escaped, so that no cell can move the cursor. Where a line would be wider than
// `columns_max` (0: there is no end), its last cell is cut.
std::string table_text(const Table& table, std::size_t columns_max);

}  // namespace keyledger
