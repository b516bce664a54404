#include "tools/report/report_writer.hpp"

#include "tools/report/csv.hpp"
#include "tools/terminal/progress.hpp"

#include <algorithm>
#include <utility>

namespace keyledger {

namespace {

constexpr std::string_view mark = "# ";  // of a record that is none of the report's items

void append_leaves(std::vector<std::pair<std::string, const JsonValue*>>& out,
                   const JsonValue& object, const std::string& before) {
    for (const JsonValue& member : object.items) {
        const std::string name = before + member.name;
        if (member.kind == JsonKind::object && !member.items.empty()) {
            append_leaves(out, member, name + ".");
        } else {
            out.emplace_back(name, &member);
        }
    }
}

}  // namespace

std::optional<ReportForm> parse_report_form(std::string_view text) {
    if (text == "table") return ReportForm::table;
    if (text == "json") return ReportForm::json;
    if (text == "ndjson") return ReportForm::ndjson;
    if (text == "csv") return ReportForm::csv;
    return std::nullopt;
}

std::string_view extension_of(ReportForm form) {
    switch (form) {
        case ReportForm::table: return "txt";
        case ReportForm::json: return "json";
        case ReportForm::ndjson: return "ndjson";
        case ReportForm::csv: return "csv";
    }
    return {};
}

std::vector<std::pair<std::string, const JsonValue*>> leaves_of(const JsonValue& object) {
    std::vector<std::pair<std::string, const JsonValue*>> leaves;
    append_leaves(leaves, object, "");
    return leaves;
}

ReportWriter::ReportWriter(ReportForm form, std::span<const Column> columns, std::size_t width,
                           Sink sink)
    : form_(form), columns_(columns), width_(width), sink_(std::move(sink)) {}

bool ReportWriter::begin(const JsonValue& head) {
    switch (form_) {
        case ReportForm::json: return sink_("{\"report\":" + to_json(head) + ",\n\"items\":[");
        case ReportForm::ndjson: return sink_("{\"report\":" + to_json(head) + "}\n");
        case ReportForm::csv:
        case ReportForm::table: return sink_(head_text(head));
    }
    return false;
}

std::string ReportWriter::head_text(const JsonValue& head) const {
    const auto leaves = leaves_of(head);
    if (form_ == ReportForm::table) {
        Table lines;
        for (const auto& [name, value] : leaves) lines.rows.push_back({name, cell_text(value)});
        return table_text(lines, 0) + "\n";
    }
    std::string out;
    for (const auto& [name, value] : leaves) {
        out += csv_line({std::string(mark) + name, csv_cell(value)});
    }
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.emplace_back(column.member);
    return out + csv_line(std::move(titles));
}

std::string ReportWriter::csv_line(std::vector<std::string> cells) const {
    cells.resize(std::max<std::size_t>(columns_.size(), 2));
    return csv_record(cells);
}

std::vector<std::string> ReportWriter::csv_row(const JsonValue& item) const {
    std::vector<std::string> cells;
    for (const Column& column : columns_) {
        const std::string text = column.text ? column.text(item) : std::string();
        const std::string shown = text == "-" ? std::string() : harmless_cell(text);
        cells.push_back(column.text ? shown : csv_cell(member_at(item, column.member)));
    }
    return cells;
}

bool ReportWriter::add(const JsonValue& item) {
    ++count_;
    switch (form_) {
        case ReportForm::json: return sink_((count_ == 1 ? "\n" : ",\n") + to_json(item));
        case ReportForm::ndjson: return sink_(to_json(item) + "\n");
        case ReportForm::csv: return sink_(csv_line(csv_row(item)));
        case ReportForm::table: table_.rows.push_back(row_of(item, columns_)); return true;
    }
    return false;
}

bool ReportWriter::end() {
    const std::string number = std::to_string(count_);
    switch (form_) {
        case ReportForm::json: return sink_("\n],\n\"count\":" + number + "}\n");
        case ReportForm::ndjson: return sink_("{\"count\":" + number + "}\n");
        case ReportForm::csv: return sink_(csv_line({std::string(mark) + "count", number}));
        case ReportForm::table: break;
    }
    table_.titles = titles_of(columns_);
    const std::string things = count_ == 1 ? " item" : " items";
    return sink_(table_text(table_, columns_for(columns_, width_)) + "\n" + grouped(count_) +
                 things + "\n");
}

}  // namespace keyledger
