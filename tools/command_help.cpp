// What `keyledger help` says (declared in command_line.hpp).

#include "tools/command_line.hpp"
#include "tools/settings_table.hpp"

namespace keyledger {

namespace {

constexpr std::size_t left_column = 34;
constexpr std::size_t right_column = 64;

// What is too wide for its column goes on in the next line.
std::string two_columns(std::string left, std::string_view right) {
    const std::string indent(left_column, ' ');
    left.insert(0, "  ");
    if (left.size() + 2 > left_column) {
        left += "\n" + indent;
    } else {
        left.resize(left_column, ' ');
    }
    while (right.size() > right_column) {
        const std::size_t space = right.rfind(' ', right_column);
        if (space == std::string_view::npos) break;
        left += std::string(right.substr(0, space)) + "\n" + indent;
        right.remove_prefix(space + 1);
    }
    return left + std::string(right) + "\n";
}

std::string flag_text(std::string_view name, std::string_view value, char letter = 0) {
    std::string text = letter ? std::string("-") + letter + ", " : std::string();
    text += "--" + std::string(name);
    if (!value.empty()) text += " " + std::string(value);
    return text;
}

std::string settings_help(SettingsUse use) {
    Settings defaults;
    std::string out;
    for (const Setting& setting : settings_table()) {
        if (!has_flag(setting, use)) continue;
        const std::string value = plain_text(setting.field(defaults));
        std::string help(setting.help);
        if (!setting.value.empty() && !value.empty()) help += " [" + value + "]";
        out += two_columns(flag_text(flag_of(setting), setting.value), help);
    }
    out +=
        "\nEach can stand in the environment (--log-level is KEYLEDGER_LOG_LEVEL) and in the file "
        "of\n"
        "--config; `keyledger config table` lists all three names. Flags win, then environment.\n";
    return out;
}

std::string command_line_of(const CommandRow& row) {
    return two_columns(std::string(row.words), row.summary);
}

std::string program_help() {
    std::string out =
        "keyledger: a server that owns API keys, with every fact about them in a ledger that can "
        "be\n"
        "proved\n\n"
        "usage: keyledger COMMAND [FLAGS]\n\n"
        "Try it out:\n"
        "  keyledger serve --dev\n\n"
        "Commands:\n";
    for (const CommandRow& row : commands_table()) {
        if (row.client == ClientUse::none) out += command_line_of(row);
    }
    out += "\nCommands that ask a server, at KEYLEDGER_URL and with KEYLEDGER_TOKEN:\n";
    for (const CommandRow& row : commands_table()) {
        if (row.client != ClientUse::none) out += command_line_of(row);
    }
    out +=
        "\n`keyledger help COMMAND` explains one.\n\n"
        "Exit codes: 0 good, 1 error, 2 usage, 3 not found, 4 not authorised, 5 conflict,\n"
        "6 a proof or integrity failed, 7 unavailable, 78 configuration.\n";
    return out;
}

std::string command_help(const CommandRow& row) {
    std::string out =
        "keyledger " + std::string(row.words) + ": " + std::string(row.summary) + "\n\n";
    out += "usage: keyledger " + std::string(row.words);
    const std::vector<CommandFlag> flags = flags_of(row);
    for (const CommandFlag& flag : flags) {
        if (flag.is_needed) out += " " + flag_text(flag.name, flag.value);
    }
    if (row.settings || !flags.empty()) out += " [FLAGS]";
    if (!row.argument.empty()) out += " " + std::string(row.argument);
    out += "\n";
    if (!row.about.empty()) out += "\n" + std::string(row.about);
    out += "\nExamples:\n";
    for (std::string_view rest = row.example; !rest.empty();) {
        const std::size_t end = rest.find('\n') + 1;
        out += "  " + std::string(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    if (row.settings || !flags.empty()) out += "\nFlags:\n";
    for (const CommandFlag& flag : flags) {
        out += two_columns(flag_text(flag.name, flag.value, flag.letter), flag.help);
    }
    if (row.settings) out += settings_help(*row.settings);
    return out;
}

}  // namespace

std::optional<std::string> help_text(std::string_view words) {
    if (words.empty()) return program_help();
    std::string group;
    for (const CommandRow& row : commands_table()) {
        if (row.words == words) return command_help(row);
        if (!row.words.starts_with(std::string(words) + " ")) continue;
        group += two_columns(std::string(row.words), row.summary);
    }
    if (group.empty()) return std::nullopt;
    return "usage: keyledger " + std::string(words) + " COMMAND [FLAGS]\n\nCommands:\n" + group;
}

}  // namespace keyledger
