#include "tools/command_line.hpp"

#include "ledger/base/log_value.hpp"
#include "ledger/proof/signed_note.hpp"
#include "tools/commands/token_inspect.hpp"
#include "tools/nearest.hpp"
#include "tools/settings_table.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace keyledger {

namespace {

// One command within CLI11's tree, and what it will be asked for.
struct Leaf {
    const CommandRow* row;
    CLI::App* app;
    std::vector<std::pair<std::string, CLI::Option*>> settings;
    std::vector<std::pair<std::string, CLI::Option*>> flags;
    std::vector<std::string> arguments;
    std::vector<CommandFlag> own_flags = {};
};

CLI::Option* add_flag(CLI::App& app, const std::string& name, std::string_view value,
                      char letter = 0) {
    const std::string names = (letter ? std::string("-") + letter + "," : "") + "--" + name;
    if (value.empty()) return app.add_flag(names);
    return app.add_option(names)->expected(1)->take_all();
}

// "token inspect": a command within a command.
CLI::App* app_for(CLI::App& root, std::string_view words) {
    const std::size_t space = words.find(' ');
    const std::string first(words.substr(0, space));
    const std::vector<CLI::App*> known =
        root.get_subcommands([&first](const CLI::App* app) { return app->get_name() == first; });
    CLI::App* const app = known.empty() ? root.add_subcommand(first) : known.front();
    return space == std::string_view::npos ? app : app_for(*app, words.substr(space + 1));
}

std::vector<Leaf> add_commands(CLI::App& root) {
    std::vector<Leaf> leaves;
    leaves.reserve(commands_table().size());  // arguments are bound by address
    for (const CommandRow& row : commands_table()) {
        Leaf& leaf = leaves.emplace_back(Leaf{&row, app_for(root, row.words), {}, {}, {}});
        leaf.own_flags = flags_of(row);
        for (const CommandFlag& flag : leaf.own_flags) {
            const std::string name(flag.name);
            leaf.flags.emplace_back(name, add_flag(*leaf.app, name, flag.value, flag.letter));
            if (flag.value.empty()) leaf.flags.back().second->disable_flag_override();
        }
        if (!row.argument.empty()) leaf.app->add_option("arguments", leaf.arguments);
        if (!row.settings) continue;
        for (const Setting& setting : settings_table()) {
            if (!has_flag(setting, *row.settings)) continue;
            const std::string name = flag_of(setting);
            leaf.settings.emplace_back(name, add_flag(*leaf.app, name, setting.value));
        }
    }
    return leaves;
}

std::string words_of(const CLI::App* app) {
    if (!app->get_parent()) return {};
    const std::string before = words_of(app->get_parent());
    return before.empty() ? app->get_name() : before + " " + app->get_name();
}

ParsedCommandLine usage(std::string problem) {
    return {.line = {}, .problem = std::move(problem), .exit_code = ExitCode::usage};
}

ParsedCommandLine help_about(std::string words) {
    CommandLine line;
    line.command = Command::help;
    if (!words.empty()) line.arguments.push_back(std::move(words));
    return {.line = std::move(line), .problem = {}, .exit_code = ExitCode::success};
}

constexpr std::string_view secret_given =
    ": a token or signing key is not given as an argument, since all users of this machine can see "
    "it; use a file, standard input or KEYLEDGER_TOKEN";

// A token, also one that was mistyped, or the key that signs; also as the value in "--flag=value".
bool is_secret(const std::string& text) {
    const std::size_t equals = text.starts_with('-') ? text.find('=') : text.npos;
    const std::string value = equals == text.npos ? text : text.substr(equals + 1);
    return !inspect(value).text.empty() || value.starts_with(signing_key_prefix);
}

bool any_is_secret(const std::vector<std::string>& texts) {
    return std::any_of(texts.begin(), texts.end(), is_secret);
}

// What CLI11 did not know, as it may be repeated: of a flag its name, since its value may be a
// secret that has no shape.
std::string repeatable(const std::string& text) {
    if (text.starts_with("--")) return text.substr(0, text.find('='));
    return text.starts_with('-') ? text.substr(0, 2) : text;
}

// No command at all, or one that there is not.
ParsedCommandLine unknown_command(const CLI::App& group) {
    const std::string before = words_of(&group);
    const std::string see =
        "; `keyledger help" + (before.empty() ? before : " " + before) + "` lists the commands";
    const std::vector<std::string> rest = group.remaining();
    if (rest.empty()) return usage("keyledger: a command is missing" + see);
    if (any_is_secret(rest)) return usage("keyledger" + std::string(secret_given));
    const std::string word = repeatable(rest.front());
    std::vector<std::string> known;
    for (const CLI::App* app : group.get_subcommands([](const CLI::App*) { return true; })) {
        known.push_back(app->get_name());
    }
    const std::string suggestion = did_you_mean(word, known);
    return usage("keyledger: no such command: " + log_value(word) +
                 (suggestion.empty() ? see : suggestion));
}

// Commands that read a token; what follows them may be one, whatever it looks like.
bool reads_token(Command command) {
    return command == Command::token_inspect || command == Command::verify ||
           command == Command::tokens_find || command == Command::tokens_revoke;
}

// The command's own flag, where it was given before the command: behind it, it would be known.
const CommandFlag* flag_before_command(const Leaf& leaf, const std::string& text) {
    if (!text.starts_with("--")) return nullptr;
    const auto found = std::ranges::find(leaf.own_flags, text.substr(2, text.find('=') - 2),
                                         &CommandFlag::name);
    return found == leaf.own_flags.end() ? nullptr : &*found;
}

// What CLI11 did not know. A flag that is unknown goes to the settings where the command has any:
// they say what is wrong with it, as with every other source.
std::string take_unknown(const CLI::App& root, const Leaf& leaf, CommandLine& line) {
    bool behind_unknown_flag = false;
    const std::string words(leaf.row->words);
    for (const std::string& text : root.remaining(true)) {
        const bool is_flag = text.size() > 2 && text.starts_with("--");
        const CommandFlag* const early = flag_before_command(leaf, text);
        if (early && early->value.empty()) {
            line.flags[std::string(early->name)] = {"true"};
        } else if (early) {
            return "keyledger: " + repeatable(text) + " stands behind the command: keyledger " +
                   words + " " + repeatable(text) + " " + std::string(early->value);
        } else if (is_flag && leaf.row->settings) {
            const std::string name = repeatable(text).substr(2);
            line.settings.push_back({name, {}});
            behind_unknown_flag = true;
        } else if (behind_unknown_flag) {
            continue;  // most likely the unknown flag's value
        } else {
            std::vector<std::string> known;
            for (const auto& [name, option] : leaf.flags) known.push_back(name);
            const std::string name = is_flag ? repeatable(text).substr(2) : "";
            const std::string suggestion = did_you_mean(name, known, "--");
            return "keyledger " + words + ": what is " + log_value(repeatable(text)) + "?" +
                   (is_flag && !suggestion.empty()
                        ? " " + suggestion.substr(2)
                        : " `keyledger help " + words + "` says what can be given");
        }
    }
    return {};
}

// A secret stands somewhere, or what is most likely one.
bool has_secret(const CLI::App& root, const CommandLine& line) {
    const bool any_may_be = reads_token(line.command);
    const auto in_flag = [](const auto& flag) { return any_is_secret(flag.second); };
    const auto in_setting = [](const FlagValue& given) { return any_is_secret(given.values); };
    const auto is_unknown = [any_may_be](const std::string& text) {
        return is_secret(text) || (any_may_be && !text.starts_with('-'));
    };
    const std::vector<std::string> unknown = root.remaining(true);
    return any_is_secret(line.arguments) ||
           std::any_of(line.flags.begin(), line.flags.end(), in_flag) ||
           std::any_of(line.settings.begin(), line.settings.end(), in_setting) ||
           std::any_of(unknown.begin(), unknown.end(), is_unknown);
}

// What is missing, or too much.
std::string fault_of_line(const CommandRow& row, const CommandLine& line) {
    const std::string before = "keyledger " + std::string(row.words);
    const std::vector<std::string>& given = line.arguments;
    const std::string see = "; see `keyledger help " + std::string(row.words) + "`";
    const bool may_be_none = row.argument.empty() || row.argument.starts_with('[');
    const bool may_be_many = row.argument.find("...") != row.argument.npos;
    const auto blanks = std::count(row.argument.begin(), row.argument.end(), ' ');
    const std::size_t given_max = static_cast<std::size_t>(blanks) + 1;
    if (given.empty() && !may_be_none) {
        return before + ": " + std::string(row.argument) + " is missing" + see;
    }
    if (given.size() > given_max && !may_be_many) {
        const std::string only = given_max == 1 ? "Only one" : "Only " + std::to_string(given_max);
        return before + ": what is " + log_value(given[given_max]) + "? " + only +
               " can be given" + see;
    }
    for (const CommandFlag& flag : flags_of(row)) {
        if (!flag.is_needed || line.has(std::string(flag.name))) continue;
        return before + ": --" + std::string(flag.name) + " is missing" + see;
    }
    return {};
}

ParsedCommandLine line_of(const CLI::App& root, const Leaf& leaf) {
    ParsedCommandLine parsed;
    CommandLine& line = parsed.line;
    line.command = leaf.row->command;
    line.arguments = leaf.arguments;
    for (const auto& [name, option] : leaf.settings) {
        if (option->count() > 0) line.settings.push_back({name, option->results()});
    }
    for (const auto& [name, option] : leaf.flags) {
        if (option->count() > 0) line.flags[name] = option->results();
    }
    if (has_secret(root, line)) {
        return usage("keyledger " + std::string(leaf.row->words) + std::string(secret_given));
    }
    parsed.problem = take_unknown(root, leaf, line);
    if (parsed.problem.empty()) parsed.problem = fault_of_line(*leaf.row, line);
    if (!parsed.problem.empty()) parsed.exit_code = ExitCode::usage;
    return parsed;
}

const CLI::App& innermost(const CLI::App& app) {
    const std::vector<CLI::App*> inner = app.get_subcommands();
    return inner.empty() ? app : innermost(*inner.front());
}

// CLI11 begins its messages with the option's name, and may go on with what was given; a setting's
// flag is a matter of configuration.
ParsedCommandLine faulty_flag(const CLI::ParseError& error, const CLI::App& app) {
    const std::string what = error.what();
    const std::string flag = what.substr(0, what.find_first_of(": "));
    if (what.ends_with("disallowed flag override")) return usage("--" + flag + ": takes no value");
    if (!flag.starts_with("--")) return usage("keyledger: " + what);
    ParsedCommandLine parsed = usage(flag + ": needs a value");
    for (const CommandRow& row : commands_table()) {
        if (row.words == words_of(&app) && row.settings) parsed.exit_code = ExitCode::configuration;
    }
    return parsed;
}

}  // namespace

std::optional<std::string> CommandLine::value(const std::string& flag) const {
    const auto found = flags.find(flag);
    if (found == flags.end() || found->second.empty()) return std::nullopt;
    return found->second.back();
}

ParsedCommandLine parse_command_line(const std::vector<std::string>& arguments) {
    CLI::App root;
    root.allow_extras();
    root.require_subcommand(0, 1);
    root.set_help_flag("-h,--help");
    root.add_flag("--version")->disable_flag_override();
    const std::vector<Leaf> leaves = add_commands(root);
    // CLI11 reports by throwing; from here on it is a value.
    try {
        root.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForHelp&) {
        return help_about(words_of(&innermost(root)));
    } catch (const CLI::ParseError& error) {
        return faulty_flag(error, innermost(root));
    }
    const CLI::App& chosen = innermost(root);
    for (const Leaf& leaf : leaves) {
        const bool asked_by_flag =
            root.count("--version") > 0 && leaf.row->command == Command::version;
        if (leaf.app == &chosen || asked_by_flag) return line_of(root, leaf);
    }
    return unknown_command(chosen);
}

}  // namespace keyledger
