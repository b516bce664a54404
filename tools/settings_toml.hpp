#pragma once
// A TOML document as a flat list of names and values, each with its place. Knows no settings.

#include "tools/settings_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

struct TomlEntry {
    std::string name;  // "usage.detail"; a table's own name if `is_table`
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string place;  // of the name: "FILE:LINE:COLUMN"
    bool is_table = false;
    RawValue value;  // with the place of the value, and of each element of an array
};

struct TomlDocument {
    std::vector<TomlEntry> entries;      // as they stand in the document
    std::optional<std::string> problem;  // why it can't be read, with its place; then no entries
};

// Lines and columns count from 1. `file` is what the places call it.
TomlDocument parse_toml(std::string_view document, const std::string& file);

}  // namespace keyledger
