#include "tools/terminal/json_view.hpp"

#include "ledger/base/log_value.hpp"

namespace keyledger {

namespace {

void append_indented(std::string& out, const JsonValue& value, std::size_t level) {
    const bool is_object = value.kind == JsonKind::object;
    if ((!is_object && value.kind != JsonKind::array) || value.items.empty()) {
        append_json(out, value);
        return;
    }
    const std::string indent(2 * (level + 1), ' ');
    out += is_object ? "{" : "[";
    for (const JsonValue& item : value.items) {
        out += (&item == &value.items.front() ? "\n" : ",\n") + indent;
        if (is_object) {
            append_json(out,
                        {.kind = JsonKind::string, .text = item.name, .name = {}, .items = {}});
            out += ": ";
        }
        append_indented(out, item, level + 1);
    }
    out += "\n" + indent.substr(2) + (is_object ? "}" : "]");
}

std::string text_of(const JsonValue* value);

std::string object_text(const JsonValue& value) {
    const JsonValue* const limit = value.find("limit");
    const JsonValue* const window = value.find("window");
    const JsonValue* const left = value.find("remaining");
    if (limit && (window || left)) {
        std::string text = text_of(limit);
        if (window && window->kind == JsonKind::string) text += "/" + window->text;
        if (left) text += ", " + left->text + " left";
        return text;
    }
    const JsonValue* const kind = value.find("kind");
    const JsonValue* const id = value.find("id");
    if (kind && id) {
        return id->kind == JsonKind::string ? kind->text + "/" + id->text : kind->text;
    }
    std::string text;
    for (const JsonValue& member : value.items) {
        text += (text.empty() ? "" : " ") + member.name + "=" + text_of(&member);
    }
    return text.empty() ? "-" : text;
}

std::string text_of(const JsonValue* value) {
    if (!value) return "-";
    switch (value->kind) {
        case JsonKind::null:
            return "-";
        case JsonKind::boolean:
            return value->truth ? "yes" : "no";
        case JsonKind::number:
        case JsonKind::string:
            return value->text.empty() ? "-" : value->text;
        case JsonKind::object:
            return object_text(*value);
        case JsonKind::array:
            break;
    }
    std::string text;
    for (const JsonValue& item : value->items) {
        text += (text.empty() ? "" : ", ") + text_of(&item);
    }
    return text.empty() ? "-" : text;
}

}  // namespace

std::string indented_json(const JsonValue& value) {
    std::string out;
    append_indented(out, value, 0);
    return out + "\n";
}

std::string cell_text(const JsonValue* value) {
    return escape_controls(text_of(value));
}

const JsonValue* member_at(const JsonValue& value, std::string_view path) {
    const std::size_t dot = path.find('.');
    const JsonValue* const member = value.find(path.substr(0, dot));
    if (!member || dot == path.npos) return member;
    return member_at(*member, path.substr(dot + 1));
}

TableRow row_of(const JsonValue& value, std::span<const Column> columns) {
    TableRow row;
    for (const Column& column : columns) {
        row.push_back(column.text ? column.text(value)
                                  : cell_text(member_at(value, column.member)));
    }
    return row;
}

std::size_t columns_for(std::span<const Column> columns, std::size_t terminal_columns) {
    return columns.empty() || columns.back().text ? 0 : terminal_columns;
}

TableRow titles_of(std::span<const Column> columns) {
    TableRow titles;
    for (const Column& column : columns) titles.emplace_back(column.title);
    return titles;
}

Table details_of(const JsonValue& value) {
    Table table;
    for (const JsonValue& member : value.items) {
        const bool listed = member.kind == JsonKind::array && !member.items.empty() &&
                            member.items.front().kind == JsonKind::object;
        if (!listed) {
            table.rows.push_back({member.name, cell_text(&member)});
            continue;
        }
        for (const JsonValue& item : member.items) {
            const bool is_first = &item == &member.items.front();
            table.rows.push_back({is_first ? member.name : "", cell_text(&item)});
        }
    }
    return table;
}

}  // namespace keyledger
