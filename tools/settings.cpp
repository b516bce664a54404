#include "tools/settings.hpp"

#include "ledger/base/log_value.hpp"
#include "tools/nearest.hpp"
#include "tools/read_file.hpp"
#include "tools/settings_check.hpp"
#include "tools/settings_table.hpp"
#include "tools/settings_toml.hpp"

#include <unistd.h>

#include <iterator>
#include <optional>
#include <utility>

namespace keyledger {

namespace {

constexpr std::string_view variable_prefix = "KEYLEDGER_";
// What those who call a server keep in them; no settings of the server.
constexpr std::string_view client_variables[] = {"KEYLEDGER_URL", "KEYLEDGER_TOKEN",
                                                 "KEYLEDGER_CA"};

const Setting* setting_of_flag(std::string_view flag, SettingsUse use) {
    for (const Setting& setting : settings_table()) {
        if (has_flag(setting, use) && flag_of(setting) == flag) return &setting;
    }
    return nullptr;
}

const Setting* setting_of_variable(std::string_view variable) {
    for (const Setting& setting : settings_table()) {
        if (variable_of(setting) == variable) return &setting;
    }
    return nullptr;
}

const Setting* setting_named(std::string_view name) {
    for (const Setting& setting : settings_table()) {
        if (setting.name == name) return &setting;
    }
    return nullptr;
}

bool is_table_of_settings(std::string_view name) {
    const std::string prefix = std::string(name) + ".";
    for (const Setting& setting : settings_table()) {
        if (setting.name.starts_with(prefix)) return true;
    }
    return false;
}

// Reads the sources from the weakest to the strongest, so that what comes later stays.
class Loader {
public:
    Loader(const SettingsSources& sources, SettingsUse use) : sources_(sources), use_(use) {}

    LoadedSettings run() {
        if (const std::string file = config_file(); !file.empty()) read_config(file);
        read_environment();
        read_flags();
        check_settings(loaded_, use_);
        for (std::string& problem : loaded_.problems) problem = escape_controls(problem);
        return std::move(loaded_);
    }

private:
    // Which file to read must be known before the sources that are stronger than it are read.
    std::string config_file() const {
        for (const FlagValue& given : sources_.flags) {
            if (given.flag == "config" && !given.values.empty()) return given.values.front();
        }
        const auto variable = sources_.environment.find("KEYLEDGER_CONFIG");
        return variable == sources_.environment.end() ? std::string() : variable->second;
    }

    void read_config(const std::string& file) {
        const FileText document = read_file(file, config_file_bytes_max);
        if (!document.problem.empty()) {
            return problem(file + ": can't be read: " + document.problem);
        }
        const TomlDocument parsed = parse_toml(document.text, file);
        if (parsed.problem) return problem(*parsed.problem);
        std::string unknown_table;
        for (const TomlEntry& entry : parsed.entries) {
            if (!unknown_table.empty() && entry.name.starts_with(unknown_table)) continue;
            if (!entry.is_table) {
                take_entry(entry);
            } else if (!is_table_of_settings(entry.name)) {
                problem(entry.place + ": " + entry.name + " is no table of settings");
                unknown_table = entry.name + ".";
            }
        }
    }

    void take_entry(const TomlEntry& entry) {
        const Setting* const setting = setting_named(entry.name);
        if (!setting) return unknown(entry.place, entry.name, known_names());
        if (setting->place != SettingPlace::anywhere) {
            return problem(entry.place + ": " + entry.name + " can't stand in a file");
        }
        take(*setting, entry.value);
    }

    void read_environment() {
        for (const auto& [variable, value] : sources_.environment) {
            if (is_of_client(variable)) continue;
            const Setting* const setting = setting_of_variable(variable);
            if (!setting) {
                unknown(variable, "", known_variables(), variable);
            } else if (setting->place == SettingPlace::flag) {
                problem(variable + ": is for one start alone; give --" + flag_of(*setting));
            } else {
                take(*setting, {ValueForm::text, {{value, variable}}, variable});
            }
        }
    }

    void read_flags() {
        for (const FlagValue& given : sources_.flags) {
            const std::string place = "--" + given.flag;
            const Setting* const setting = setting_of_flag(given.flag, use_);
            if (!setting) {
                unknown(place, "", known_flags(), given.flag, "--");
                continue;
            }
            RawValue raw{ValueForm::text, {}, place};
            for (const std::string& value : given.values) raw.parts.push_back({value, place});
            take(*setting, raw);
        }
    }

    void take(const Setting& setting, const RawValue& raw) {
        std::optional<std::string> wrong = store(setting.field(loaded_.settings), raw);
        if (wrong) return problem(std::move(*wrong));
        loaded_.places[std::string(setting.name)] = raw.place;
    }

    static bool is_of_client(std::string_view variable) {
        for (const std::string_view known : client_variables) {
            if (variable == known) return true;
        }
        return false;
    }

    static std::vector<std::string> known_names() {
        std::vector<std::string> known;
        for (const Setting& setting : settings_table()) known.emplace_back(setting.name);
        return known;
    }
    static std::vector<std::string> known_variables() {
        std::vector<std::string> known(std::begin(client_variables), std::end(client_variables));
        for (const Setting& setting : settings_table()) known.push_back(variable_of(setting));
        return known;
    }
    std::vector<std::string> known_flags() const {
        std::vector<std::string> known;
        for (const Setting& setting : settings_table()) {
            if (has_flag(setting, use_)) known.push_back(flag_of(setting));
        }
        return known;
    }

    // `name` stands in the message where the place does not say it.
    void unknown(const std::string& place, const std::string& name,
                 const std::vector<std::string>& known, std::string_view word = {},
                 std::string_view dashes = {}) {
        const std::string subject = name.empty() ? "unknown setting" : "unknown setting " + name;
        problem(place + ": " + subject + did_you_mean(name.empty() ? word : name, known, dashes));
    }

    void problem(std::string text) { loaded_.problems.push_back(std::move(text)); }

    const SettingsSources& sources_;
    SettingsUse use_;
    LoadedSettings loaded_;
};

}  // namespace

LoadedSettings load_settings(const SettingsSources& sources, SettingsUse use) {
    return Loader(sources, use).run();
}

std::map<std::string, std::string> keyledger_environment() {
    std::map<std::string, std::string> found;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (!text.starts_with(variable_prefix) || equals == std::string_view::npos) continue;
        found.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return found;
}

}  // namespace keyledger
