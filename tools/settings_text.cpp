// The documentation of settings, and a configuration as it came out (declared in
// settings_table.hpp).

#include "tools/settings_table.hpp"

namespace keyledger {

namespace {

constexpr std::string_view heading = R"(# Settings

Every setting can be given in up to three ways. A flag wins over an environment variable, that over
the TOML file of `--config`, and that over the default. An unknown or wrong setting ends the start
with its place, what is wrong, and exit code 78. `keyledger config check` says what holds, and where
each value came from.

Lists take commas between their items in flags and variables, and a flag may be given more than
once; in TOML they are arrays. Durations are a whole number with `ms`, `s`, `m`, `h` or `d`. Bytes
are a whole number, or one with `KiB` or `MiB`. `KEYLEDGER_URL`, `KEYLEDGER_TOKEN` and
`KEYLEDGER_CA` are left to those who call a server; any other variable that begins with `KEYLEDGER_`
and is not in this table is refused.

This page is what `keyledger config table` prints.

| TOML | flag | environment | what it may be | default | what it does |
|---|---|---|---|---|---|
)";

std::string code(std::string_view text) {
    return "`" + std::string(text) + "`";
}

std::string command_remark(const Setting& setting) {
    switch (setting.of) {
        case SettingOf::serve:
            return "";
        case SettingOf::init:
            return " (`init`)";
        case SettingOf::both:
            return " (`serve` and `init`)";
    }
    return "";
}

std::string possible_text(const Field& field) {
    const bool list =
        std::holds_alternative<EndpointsField>(field) || std::holds_alternative<RangesField>(field);
    return (list ? "a list, each " : "") + type_text(field);
}

// Nothing stands for an empty text: the setting is simply not given.
std::string default_text(const Field& field) {
    const std::string text = plain_text(field);
    return text.empty() ? "" : code(text);
}

}  // namespace

std::string settings_markdown() {
    Settings defaults;
    std::string page(heading);
    for (const Setting& setting : settings_table()) {
        const Field field = setting.field(defaults);
        const bool in_file = setting.place == SettingPlace::anywhere;
        const bool in_environment = setting.place != SettingPlace::flag;
        page += "| " + (in_file ? code(setting.name) : "");
        page += " | " + code("--" + flag_of(setting));
        page += " | " + (in_environment ? code(variable_of(setting)) : "");
        page += " | " + possible_text(field);
        page += " | " + default_text(field);
        page += " | " + std::string(setting.help) + command_remark(setting) + " |\n";
    }
    return page;
}

// Top-level settings come first, since a table's header takes in all that follows it.
std::string settings_toml(LoadedSettings& loaded) {
    std::string top;
    std::string tables;
    std::string table;
    for (const Setting& setting : settings_table()) {
        if (setting.place != SettingPlace::anywhere) continue;
        const std::size_t dot = setting.name.find('.');
        const bool is_top = dot == std::string_view::npos;
        const std::string_view name = is_top ? setting.name : setting.name.substr(dot + 1);
        if (!is_top && setting.name.substr(0, dot) != table) {
            table = setting.name.substr(0, dot);
            tables += "\n[" + table + "]\n";
        }
        const std::string value = toml_text(setting.field(loaded.settings));
        const auto place = loaded.places.find(setting.name);
        std::string line = value == "\"\"" ? "# " : "";
        line += std::string(name) + " = " + value;
        line += "  # " + (place == loaded.places.end() ? "default" : place->second) + "\n";
        (is_top ? top : tables) += line;
    }
    return top + tables;
}

}  // namespace keyledger
