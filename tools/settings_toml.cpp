#include "tools/settings_toml.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace keyledger {

namespace {

std::string place_text(const std::string& file, const toml::source_region& region) {
    return file + ":" + std::to_string(region.begin.line) + ":" +
           std::to_string(region.begin.column);
}

ValueForm form_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::string:
            return ValueForm::toml_string;
        case toml::node_type::integer:
            return ValueForm::toml_integer;
        case toml::node_type::boolean:
            return ValueForm::toml_boolean;
        case toml::node_type::array:
            return ValueForm::toml_array;
        default:
            return ValueForm::toml_other;
    }
}

std::string text_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    return {};
}

// An array of anything but texts is no list that a setting could be.
RawValue value_of(const toml::node& node, const std::string& file) {
    RawValue raw{form_of(node), {}, place_text(file, node.source())};
    const toml::array* const array = node.as_array();
    if (!array) {
        raw.parts.push_back({text_of(node), raw.place});
        return raw;
    }
    for (const toml::node& element : *array) {
        if (!element.is_string()) {
            return {ValueForm::toml_other, {}, place_text(file, element.source())};
        }
        raw.parts.push_back({text_of(element), place_text(file, element.source())});
    }
    return raw;
}

// As deep as the parser allows, which has a limit of its own.
void append_entries(const toml::table& table, const std::string& prefix, const std::string& file,
                    std::vector<TomlEntry>& entries) {
    for (const auto& [key, node] : table) {
        const std::string name = prefix + std::string(key.str());
        const toml::source_position at = key.source().begin;
        TomlEntry entry{name, at.line, at.column, place_text(file, key.source()), false, {}};
        if (const toml::table* const inner = node.as_table()) {
            entry.is_table = true;
            entries.push_back(std::move(entry));
            append_entries(*inner, name + ".", file, entries);
        } else {
            entry.value = value_of(node, file);
            entries.push_back(std::move(entry));
        }
    }
}

}  // namespace

TomlDocument parse_toml(std::string_view document, const std::string& file) {
    TomlDocument result;
    // The library is built to throw, and only here; from here on it is a value.
    try {
        const toml::table table = toml::parse(document, std::string_view(file));
        append_entries(table, "", file, result.entries);
        // The library sorts by name. Stable: a table stands before what is in it.
        std::stable_sort(result.entries.begin(), result.entries.end(),
                         [](const TomlEntry& left, const TomlEntry& right) {
                             return std::tie(left.line, left.column) <
                                    std::tie(right.line, right.column);
                         });
    } catch (const toml::parse_error& error) {
        result.problem = place_text(file, error.source()) + ": " + std::string(error.description());
    }
    return result;
}

}  // namespace keyledger
