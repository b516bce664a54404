#include "tools/terminal/table.hpp"

#include "ledger/base/log_value.hpp"
#include "tools/terminal/text_width.hpp"

#include <algorithm>

namespace keyledger {

namespace {

constexpr std::size_t gap = 2;

void append_row(std::string& out, const TableRow& row, const std::vector<std::size_t>& widths,
                std::size_t columns_max) {
    std::size_t used = 0;  // columns, the missing blanks before the next cell included
    std::size_t blanks = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const bool is_last = i + 1 == row.size();
        std::string cell = escape_controls(row[i]);
        if (is_last && columns_max > used) cell = cut_to_width(cell, columns_max - used);
        if (!cell.empty()) {
            out.append(blanks, ' ');
            blanks = 0;
            out += cell;
        }
        const std::size_t width = widths[i] + gap;
        blanks += width - std::min(width, text_width(cell));
        used += width;
    }
    out += "\n";
}

}  // namespace

std::string table_text(const Table& table, std::size_t columns_max) {
    std::vector<std::size_t> widths;
    const auto measure = [&widths](const TableRow& row) {
        if (widths.size() < row.size()) widths.resize(row.size());
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], text_width(escape_controls(row[i])));
        }
    };
    measure(table.titles);
    for (const TableRow& row : table.rows) measure(row);
    std::string out;
    if (!table.titles.empty()) append_row(out, table.titles, widths, columns_max);
    for (const TableRow& row : table.rows) append_row(out, row, widths, columns_max);
    return out;
}

}  // namespace keyledger
