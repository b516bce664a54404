#pragma once
// A report as it goes out: what it is of, its items one by one, and how many there were, so that
// one that was cut shows.
//
//   json    {"report": HEAD, "items": [ITEM, ...], "count": N}
//   ndjson  {"report": HEAD}, a line for each ITEM, {"count": N}
//   csv     "# NAME",VALUE for each value of the head; titles; a record for each item; "# count",N.
//           Each record has as many cells as the widest
//   table   a line for each value of the head, a line for each item in columns, "N items"

#include "tools/terminal/json_view.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyledger {

enum class ReportForm : std::uint8_t { table, json, ndjson, csv };

// Nothing if there is no such form.
std::optional<ReportForm> parse_report_form(std::string_view text);
// What a file of that form is called by: "txt" of a table.
std::string_view extension_of(ReportForm form);

// The values in an object, each by its way there: "asOf.seq".
std::vector<std::pair<std::string, const JsonValue*>> leaves_of(const JsonValue& object);

// begin, then add for each item, then end. The last column of a table may be cut to `width` columns
// (0: never). What the sink refuses ends it: false.
class ReportWriter {
public:
    using Sink = std::function<bool(std::string_view)>;
    // `columns` outlive it.
    ReportWriter(ReportForm form, std::span<const Column> columns, std::size_t width, Sink sink);

    bool begin(const JsonValue& head);
    bool add(const JsonValue& item);
    bool end();
    std::uint64_t count() const { return count_; }

private:
    std::string head_text(const JsonValue& head) const;
    std::string csv_line(std::vector<std::string> cells) const;
    std::vector<std::string> csv_row(const JsonValue& item) const;

    ReportForm form_;
    std::span<const Column> columns_;
    std::size_t width_;
    Sink sink_;
    Table table_;  // waits for all items, since a column is as wide as its widest cell
    std::uint64_t count_ = 0;
};

}  // namespace keyledger
