#pragma once
// The one table of all settings. Flags, environment, TOML, --help and the documentation come from
// it.

#include "tools/settings.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyledger {

// A setting's value within Settings, with what it may be. The references are into those Settings.
struct TextField {
    std::string& value;
    std::string_view what;                               // "a path"
    std::string_view (*problem)(std::string_view text);  // what is wrong with it; empty if nothing
};
struct SwitchField {
    bool& value;
};
struct CountField {
    std::uint64_t& value;
    std::uint64_t min, max;
};
struct BytesField {  // a number, or one with KiB or MiB
    std::uint64_t& value;
    std::uint64_t min, max;
};
struct DurationField {
    Duration& value;
    Duration min, max;
};
struct ChoiceField {
    std::span<const std::string_view> names;
    std::size_t index;
    std::function<void(std::size_t)> choose;
};
struct EndpointsField {
    std::vector<Endpoint>& value;
};
struct RangesField {
    std::vector<AddressRange>& value;
};
using Field = std::variant<TextField, SwitchField, CountField, BytesField, DurationField,
                           ChoiceField, EndpointsField, RangesField>;

// Where a setting may stand. What is meant for one start alone is a flag alone: a file that said
// `rebuild = true` would make every start slow.
enum class SettingPlace : std::uint8_t { flag, flag_or_environment, anywhere };

// Which commands have its flag. `config check` has all but those of `init`, and `doctor` those that
// it looks at.
enum class SettingOf : std::uint8_t { serve, init, both };

struct Setting {
    std::string_view name;  // as in TOML, `table.key`; flag and variable follow from it
    SettingOf of;
    SettingPlace place;
    std::string_view value;  // what --help calls the value; empty for a switch
    std::string_view help;   // one line, without a full stop
    Field (*field)(Settings& settings);
};

std::span<const Setting> settings_table();

// "limits.queue_max" -> "limits-queue-max"; -> "KEYLEDGER_LIMITS_QUEUE_MAX".
std::string flag_of(const Setting& setting);
std::string variable_of(const Setting& setting);
bool has_flag(const Setting& setting, SettingsUse use);

// Where a value stood decides how it may be spelt: flags and variables are all text.
enum class ValueForm : std::uint8_t {
    text,
    toml_string,
    toml_integer,
    toml_boolean,
    toml_array,
    toml_other
};

struct RawValue {
    struct Part {
        std::string text;
        std::string place;
    };
    ValueForm form = ValueForm::text;
    std::vector<Part> parts;  // one, but for an array and for a flag that was given more than once
    std::string place;
};

// Stores `raw` in the field. Nothing if that went well, else `place: what is wrong`, and the field
// has its old value.
std::optional<std::string> store(const Field& field, const RawValue& raw);

// The value as TOML writes it; as a flag takes it; and what it may be, for people.
std::string toml_text(const Field& field);
std::string plain_text(const Field& field);
std::string type_text(const Field& field);

// The documentation: a page of Markdown with a row for each setting.
std::string settings_markdown();
// All values as a TOML file, each with the place it came from behind it.
std::string settings_toml(LoadedSettings& loaded);

}  // namespace keyledger
