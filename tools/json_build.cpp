#include "tools/json_build.hpp"

#include <charconv>
#include <utility>

namespace keyledger {

JsonValue json_text(std::string text) {
    JsonValue value;
    value.kind = JsonKind::string;
    value.text = std::move(text);
    return value;
}

JsonValue json_text_or_null(const std::string& text) {
    return text.empty() ? JsonValue{} : json_text(text);
}

JsonValue json_number(std::uint64_t number) {
    return json_number(std::to_string(number));
}

JsonValue json_number(std::string digits) {
    JsonValue value;
    value.kind = JsonKind::number;
    value.text = std::move(digits);
    return value;
}

JsonValue json_truth(bool truth) {
    JsonValue value;
    value.kind = JsonKind::boolean;
    value.truth = truth;
    return value;
}

JsonValue json_time(const std::optional<Timestamp>& time) {
    return time ? json_text(to_rfc3339(*time)) : JsonValue{};
}

JsonValue json_array(const std::vector<std::string>& texts) {
    JsonValue value;
    value.kind = JsonKind::array;
    for (const std::string& text : texts) value.items.push_back(json_text(text));
    return value;
}

JsonValue json_object() {
    JsonValue value;
    value.kind = JsonKind::object;
    return value;
}

void add_member(JsonValue& object, std::string_view name, JsonValue value) {
    value.name = name;
    object.items.push_back(std::move(value));
}

void copy_members(JsonValue& to, const JsonValue& from,
                  std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        const JsonValue* const member = from.find(name);
        add_member(to, name, member ? *member : JsonValue{});
    }
}

std::string text_at(const JsonValue& value, std::string_view name) {
    const JsonValue* const member = value.find(name);
    return member && member->kind == JsonKind::string ? member->text : std::string();
}

std::optional<std::uint64_t> number_at(const JsonValue& value, std::string_view name) {
    const JsonValue* const member = value.find(name);
    if (!member || member->kind != JsonKind::number) return {};
    std::uint64_t number = 0;
    const char* const text_end = member->text.data() + member->text.size();
    const auto [end, error] = std::from_chars(member->text.data(), text_end, number);
    return error == std::errc() && end == text_end ? std::optional(number) : std::nullopt;
}

std::optional<Timestamp> time_at(const JsonValue& value, std::string_view name) {
    return parse_rfc3339(text_at(value, name));
}

const std::vector<JsonValue>& items_at(const JsonValue& value, std::string_view name) {
    static const std::vector<JsonValue> none;
    const JsonValue* const member = value.find(name);
    return member && member->kind == JsonKind::array ? member->items : none;
}

}  // namespace keyledger
