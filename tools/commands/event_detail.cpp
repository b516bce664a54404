#include "tools/commands/event_detail.hpp"

#include "tools/terminal/json_view.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>

namespace keyledger {

namespace {

std::string text_of(const JsonValue& value, std::string_view name) {
    const JsonValue* const member = value.find(name);
    return member && member->kind == JsonKind::string ? member->text : std::string();
}

std::uint64_t number_of(const JsonValue& value, std::string_view name) {
    const JsonValue* const member = value.find(name);
    std::uint64_t number = 0;
    if (!member || member->kind != JsonKind::number) return number;
    std::from_chars(member->text.data(), member->text.data() + member->text.size(), number);
    return number;
}

void append(std::string& out, std::string_view separator, const std::string& piece) {
    if (piece.empty()) return;
    if (!out.empty()) out += separator;
    out += piece;
}

std::string times_of(const std::string& first, const std::string& last) {
    return first == last ? first : first + " to " + last;
}

// Rows are told apart by scope, address and more; here only outcomes are.
std::string uses_detail(const JsonValue& rows) {
    std::map<std::string, std::uint64_t> counts;
    std::string first, last;
    for (const JsonValue& row : rows.items) {
        counts[text_of(row, "outcome")] += number_of(row, "count");
        // RFC 3339 of one length each: as text they stand in the order of time.
        const std::string begin = text_of(row, "first");
        if (first.empty() || begin < first) first = begin;
        last = std::max(last, text_of(row, "last"));
    }
    std::string out;
    for (const auto& [outcome, count] : counts) {
        append(out, ", ", outcome + " " + std::to_string(count));
    }
    append(out, "; ", times_of(first, last));
    return out;
}

std::string read_detail(const JsonValue& data) {
    std::string out = text_of(data, "route");
    append(out, " ", text_of(data, "keyId"));
    append(out, " ", text_of(data, "workspace"));
    append(out, "?", text_of(data, "filter"));
    const std::uint64_t count = number_of(data, "count");
    append(out, ", ", count > 1 ? std::to_string(count) + " times" : std::string());
    return out;
}

std::string change_detail(const JsonValue& before, const JsonValue& after) {
    std::string out;
    for (const JsonValue& member : after.items) {
        append(
            out, "; ",
            member.name + ": " + cell_text(before.find(member.name)) + " -> " + cell_text(&member));
    }
    return out;
}

bool stands_elsewhere(std::string_view name) {
    return name == "keyId" || name == "node" || name == "boot" || name == "flush";
}

std::string members_detail(const JsonValue& data) {
    std::string out;
    for (const JsonValue& member : data.items) {
        const std::string text = cell_text(&member);
        if (text != "-" && !stands_elsewhere(member.name))
            append(out, " ", member.name + "=" + text);
    }
    return out;
}

}  // namespace

std::string event_detail(const JsonValue& event) {
    const JsonValue* const data = event.find("data");
    if (!data) return "-";
    const JsonValue* const rows = data->find("rows");
    const JsonValue* const before = data->find("before");
    const JsonValue* const after = data->find("after");
    const bool changes = before && after && after->kind == JsonKind::object;
    const std::string out = rows                  ? uses_detail(*rows)
                            : data->find("route") ? read_detail(*data)
                            : changes             ? change_detail(*before, *after)
                                                  : members_detail(*data);
    return out.empty() ? "-" : out;
}

}  // namespace keyledger
