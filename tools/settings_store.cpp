// Values of settings, to and from text (declared in settings_table.hpp).

#include "ledger/base/log_value.hpp"
#include "ledger/rules/overloaded.hpp"
#include "tools/settings_table.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace keyledger {

namespace {

using Problem = std::optional<std::string>;

Problem wrong(const RawValue::Part& part, const std::string& what) {
    return part.place + ": " + what + ", and is " + log_value(part.text);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

constexpr std::uint64_t kibibyte = 1024;
constexpr std::uint64_t mebibyte = 1024 * kibibyte;

// Nothing is left of what would not fit: no limit is near that.
std::optional<std::uint64_t> parse_bytes(std::string_view text) {
    std::uint64_t unit = 1;
    if (text.ends_with("KiB")) unit = kibibyte;
    if (text.ends_with("MiB")) unit = mebibyte;
    if (unit > 1) text.remove_suffix(3);
    const std::optional<std::uint64_t> number = parse_number(text);
    if (!number || *number > UINT64_MAX / unit) return std::nullopt;
    return *number * unit;
}

std::string bytes_text(std::uint64_t bytes) {
    if (bytes > 0 && bytes % mebibyte == 0) return std::to_string(bytes / mebibyte) + "MiB";
    if (bytes > 0 && bytes % kibibyte == 0) return std::to_string(bytes / kibibyte) + "KiB";
    return std::to_string(bytes);
}

std::string joined(std::span<const std::string_view> words, std::string_view between) {
    std::string out;
    for (const std::string_view word : words) {
        if (!out.empty()) out += between;
        out += word;
    }
    return out;
}

// The same words in messages and in the documentation.
std::string must_be(const Field& field) {
    return "must be " + type_text(field);
}

template <class Number>
bool is_within(Number number, Number min, Number max) {
    return number >= min && number <= max;
}

Problem store_one(const TextField& field, const RawValue::Part& part) {
    const std::string_view problem = field.problem(part.text);
    if (!problem.empty()) return part.place + ": " + std::string(problem);
    field.value = part.text;
    return std::nullopt;
}

Problem store_one(const SwitchField& field, const RawValue::Part& part) {
    const bool yes = part.text == "true" || part.text == "1";
    if (!yes && part.text != "false" && part.text != "0") return wrong(part, must_be(field));
    field.value = yes;
    return std::nullopt;
}

Problem store_one(const CountField& field, const RawValue::Part& part) {
    const auto number = parse_number(part.text);
    if (!number || !is_within(*number, field.min, field.max)) return wrong(part, must_be(field));
    field.value = *number;
    return std::nullopt;
}

Problem store_one(const BytesField& field, const RawValue::Part& part) {
    const auto bytes = parse_bytes(part.text);
    if (!bytes || !is_within(*bytes, field.min, field.max)) return wrong(part, must_be(field));
    field.value = *bytes;
    return std::nullopt;
}

Problem store_one(const DurationField& field, const RawValue::Part& part) {
    const auto duration = parse_duration(part.text);
    if (!duration || !is_within(*duration, field.min, field.max))
        return wrong(part, must_be(field));
    field.value = *duration;
    return std::nullopt;
}

Problem store_one(const ChoiceField& field, const RawValue::Part& part) {
    const auto found = std::find(field.names.begin(), field.names.end(), part.text);
    if (found == field.names.end()) return wrong(part, must_be(field));
    field.choose(static_cast<std::size_t>(found - field.names.begin()));
    return std::nullopt;
}

// Flags and variables take lists with commas between; a flag may also stand more than once.
std::vector<RawValue::Part> list_parts(const RawValue& raw) {
    if (raw.form != ValueForm::text) return raw.parts;
    std::vector<RawValue::Part> parts;
    for (const RawValue::Part& part : raw.parts) {
        std::size_t begin = 0;
        while (begin <= part.text.size()) {
            const std::size_t end = std::min(part.text.find(',', begin), part.text.size());
            parts.push_back({part.text.substr(begin, end - begin), part.place});
            begin = end + 1;
        }
    }
    return parts;
}

template <class Item, class Parse>
Problem store_list(std::vector<Item>& value, const RawValue& raw, const std::string& what,
                   const Parse& parse) {
    std::vector<Item> items;
    for (const RawValue::Part& part : list_parts(raw)) {
        std::optional<Item> item = parse(part.text);
        if (!item) return wrong(part, what);
        items.push_back(std::move(*item));
    }
    value = std::move(items);
    return std::nullopt;
}

bool is_list(const Field& field) {
    return std::holds_alternative<EndpointsField>(field) ||
           std::holds_alternative<RangesField>(field);
}

bool allows(const Field& field, ValueForm form) {
    if (form == ValueForm::text) return true;
    const auto allowed = Overloaded{
        [form](const SwitchField&) { return form == ValueForm::toml_boolean; },
        [form](const CountField&) { return form == ValueForm::toml_integer; },
        [form](const BytesField&) {
            return form == ValueForm::toml_integer || form == ValueForm::toml_string;
        },
        [form](const EndpointsField&) { return form == ValueForm::toml_array; },
        [form](const RangesField&) { return form == ValueForm::toml_array; },
        [form](const auto&) { return form == ValueForm::toml_string; },
    };
    return std::visit(allowed, field);
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return escape_controls(out) + '"';
}

template <class Item>
std::string list_text(const std::vector<Item>& items, std::string_view between) {
    std::string out;
    for (const Item& item : items) {
        if (!out.empty()) out += between;
        out += to_text(item);
    }
    return out;
}

template <class Item>
std::string array_text(const std::vector<Item>& items) {
    if (items.empty()) return "[]";
    return "[\"" + list_text(items, "\", \"") + "\"]";
}

std::string range_text(const std::string& min, const std::string& max) {
    return " from " + min + " to " + max;
}

}  // namespace

std::optional<std::string> store(const Field& field, const RawValue& raw) {
    if (!allows(field, raw.form)) {
        const bool list = is_list(field) && raw.form != ValueForm::toml_array;
        return raw.place + ": must be " + (list ? "an array of texts, each " : "") +
               type_text(field);
    }
    const auto store_any = Overloaded{
        [&](const EndpointsField& list) -> Problem {
            if (raw.parts.empty()) return raw.place + ": must name at least one listener";
            return store_list(list.value, raw, must_be(field), parse_endpoint);
        },
        [&](const RangesField& list) -> Problem {
            // An empty text is the empty list: nobody is trusted.
            const bool empty = raw.parts.size() == 1 && raw.parts.front().text.empty();
            const RawValue none{raw.form, {}, raw.place};
            return store_list(list.value, empty ? none : raw, must_be(field), parse_range);
        },
        [&](const auto& single) -> Problem {
            if (raw.parts.size() != 1) {
                return raw.place + ": is given " + std::to_string(raw.parts.size()) + " times";
            }
            return store_one(single, raw.parts.front());
        },
    };
    return std::visit(store_any, field);
}

std::string plain_text(const Field& field) {
    const auto text = Overloaded{
        [](const TextField& f) { return f.value; },
        [](const SwitchField& f) { return std::string(f.value ? "true" : "false"); },
        [](const CountField& f) { return std::to_string(f.value); },
        [](const BytesField& f) { return bytes_text(f.value); },
        [](const DurationField& f) { return to_text(f.value); },
        [](const ChoiceField& f) { return std::string(f.names[f.index]); },
        [](const EndpointsField& f) { return list_text(f.value, ","); },
        [](const RangesField& f) { return list_text(f.value, ","); },
    };
    return std::visit(text, field);
}

std::string toml_text(const Field& field) {
    const auto text = Overloaded{
        [&](const SwitchField&) { return plain_text(field); },
        [&](const CountField&) { return plain_text(field); },
        [](const EndpointsField& f) { return array_text(f.value); },
        [](const RangesField& f) { return array_text(f.value); },
        [&](const auto&) { return quoted(plain_text(field)); },
    };
    return std::visit(text, field);
}

std::string type_text(const Field& field) {
    const auto text = Overloaded{
        [](const TextField& f) { return std::string(f.what); },
        [](const SwitchField&) { return std::string("true or false"); },
        [](const CountField& f) {
            return "a whole number" + range_text(std::to_string(f.min), std::to_string(f.max));
        },
        [](const BytesField& f) {
            return "bytes such as 16384, 512KiB or 1MiB," +
                   range_text(bytes_text(f.min), bytes_text(f.max));
        },
        [](const DurationField& f) {
            return "a duration such as 100ms or 5s," + range_text(to_text(f.min), to_text(f.max));
        },
        [](const ChoiceField& f) { return joined(f.names, " or "); },
        [](const EndpointsField&) {
            return std::string(
                "an address with a port, or a socket, such as 127.0.0.1:8470, "
                "[::1]:8470, localhost:8470 or unix:/run/keyledger.sock");
        },
        [](const RangesField&) {
            return std::string(
                "a network such as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7, with no "
                "bits set behind its prefix");
        },
    };
    return std::visit(text, field);
}

}  // namespace keyledger
