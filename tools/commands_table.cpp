// Every command of the program, its help and its completion (declared in command_line.hpp).

#include "tools/command_line.hpp"
#include "tools/settings_table.hpp"

#include <algorithm>

namespace keyledger {

namespace {

constexpr CommandFlag token_inspect_flags[] = {
    {"file", "FILE", "Read the token from this file; standard input if not given"},
};

constexpr CommandFlag audit_replay_flags[] = {
    {"data", "DIR", "The directory of the ledger"},
    {"until", "SEQ|TIME", "After this event, or at this time; now if not given"},
    {"key", "ID", "This key alone"},
};

constexpr CommandFlag audit_export_flags[] = {
    {"data", "DIR", "The directory of the ledger"},
    {"format", "FORMAT", "ndjson, cloudevents or ocsf [ndjson]"},
    {"from", "SEQ|TIME", "The first event, or the first one not before this time"},
    {"until", "SEQ|TIME", "The last event, or the last one not after this time"},
    {"to", "FILE", "A new file; standard output if not given"},
};

const CommandRow rows[] = {
    {Command::serve,
     "serve",
     "Serve a ledger over HTTP",
     "Serves the ledger in --data until SIGTERM or SIGINT, and then finishes what has begun.\n"
     "Prints one line on standard output, `ready http://HOST:PORT`, once it answers; the log goes\n"
     "to standard error. With --dev it makes a ledger for this one run, and says what to try.\n",
     "keyledger serve --dev\n"
     "keyledger serve --data /var/lib/keyledger\n"
     "keyledger serve --data /var/lib/keyledger --listen 127.0.0.1:8470 --listen "
     "unix:/run/kl.sock\n"
     "keyledger serve --config /etc/keyledger.toml\n",
     SettingsUse::serve,
     {},
     ""},
    {Command::init,
     "init",
     "Make an empty ledger, and print its root key",
     "Prints the root key, and nothing else, on standard output: it is shown this once. Keep it\n"
     "where passwords are kept. A directory that holds a ledger is refused, but with --recover,\n"
     "which gives a ledger whose root key was lost one more; the others stay good until they are\n"
     "revoked. Write it to a new file that nobody else can read (umask 077): a shell empties the\n"
     "file behind > first, whatever comes of this.\n",
     "keyledger init --data /var/lib/keyledger > root.key\n"
     "keyledger init --data /var/lib/keyledger --origin keys.example.com/ledger > root.key\n"
     "keyledger init --data /var/lib/keyledger --recover > new-root.key\n",
     SettingsUse::init,
     {},
     ""},
    {Command::config_check,
     "config check",
     "Say whether the settings are right, and where each is from",
     "Reads flags, environment and file as `serve` does, and starts nothing. Prints all settings\n"
     "as a TOML file, or every mistake with its file, line and column (exit code 78).\n",
     "keyledger config check --config /etc/keyledger.toml\n",
     SettingsUse::check,
     {},
     ""},
    {Command::config_table,
     "config table",
     "Print all settings there are, as a page of Markdown",
     "",
     "keyledger config table\n",
     std::nullopt,
     {},
     ""},
    {Command::token_inspect, "token inspect", "Say what a token says of itself, without a server",
     "Prints prefix, tag and hint of a token, and whether its checksum holds: whether somebody\n"
     "mistyped or cut it. Asks nobody, so it can't say whether the key is good. Exit code 1 where\n"
     "the text is no token of ours. Never give a token as an argument: all users of a machine\n"
     "can see arguments.\n",
     "keyledger token inspect < token.txt\n"
     "keyledger token inspect --file token.txt\n",
     std::nullopt, token_inspect_flags, ""},
    {Command::completion,
     "completion",
     "Print a script that completes commands and flags",
     "Knows one shell so far: bash.\n",
     "source <(keyledger completion bash)\n"
     "keyledger completion bash > /etc/bash_completion.d/keyledger\n",
     std::nullopt,
     {},
     "SHELL"},
    {Command::version,
     "version",
     "Print the version",
     "",
     "keyledger version\n",
     std::nullopt,
     {},
     ""},
    {Command::help,
     "help",
     "Explain a command",
     "",
     "keyledger help serve\n",
     std::nullopt,
     {},
     "[COMMAND]"},
    {Command::audit_replay, "audit replay", "Show the keys as they stood, without a server",
     "Makes the keys again from the events of a directory that no server is using, and prints a\n"
     "JSON document a line, as GET /v1/keys/{id} shows them. Checks on the way that each event\n"
     "continues its stream: exit code 6 names the first that does not. Changes no file.\n",
     "keyledger audit replay --data /var/lib/keyledger --until 2026-11-21T20:53:04Z\n"
     "keyledger audit replay --data /var/lib/keyledger --until 1042 --key key_...\n",
     std::nullopt, audit_replay_flags, ""},
    {Command::audit_export, "audit export", "Write the history out, an event a line",
     "Reads a directory that no server is using, and prints a JSON document a line: events as\n"
     "GET /v1/events shows them (ndjson), CloudEvents 1.0, or OCSF 1.8.0. Changes no file.\n",
     "keyledger audit export --data /var/lib/keyledger > history.ndjson\n"
     "keyledger audit export --data /var/lib/keyledger --format ocsf --from -30d --to "
     "ocsf.ndjson\n",
     std::nullopt, audit_export_flags, ""},
};

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

std::string flag_text(std::string_view name, std::string_view value) {
    std::string text = "--" + std::string(name);
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

std::string program_help() {
    std::string out =
        "keyledger: a server that owns API keys, with every fact about them in a ledger that can "
        "be\n"
        "proved\n\n"
        "usage: keyledger COMMAND [FLAGS]\n\n"
        "Try it out:\n"
        "  keyledger serve --dev\n\n"
        "Commands:\n";
    for (const CommandRow& row : rows) out += two_columns(std::string(row.words), row.summary);
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
    if (row.settings || !row.flags.empty()) out += " [FLAGS]";
    if (!row.argument.empty()) out += " " + std::string(row.argument);
    out += "\n";
    if (!row.about.empty()) out += "\n" + std::string(row.about);
    out += "\nExamples:\n";
    for (std::string_view rest = row.example; !rest.empty();) {
        const std::size_t end = rest.find('\n') + 1;
        out += "  " + std::string(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    if (row.settings || !row.flags.empty()) out += "\nFlags:\n";
    for (const CommandFlag& flag : row.flags) {
        out += two_columns(flag_text(flag.name, flag.value), flag.help);
    }
    if (row.settings) out += settings_help(*row.settings);
    return out;
}

std::string completion_flags(const CommandRow& row) {
    std::string flags = "--help";
    for (const CommandFlag& flag : row.flags) flags += " --" + std::string(flag.name);
    if (!row.settings) return flags;
    for (const Setting& setting : settings_table()) {
        if (has_flag(setting, *row.settings)) flags += " --" + flag_of(setting);
    }
    return flags;
}

// The words that may come next after `before` ("" at the start, "config" after that).
std::string completion_words(std::string_view before) {
    std::vector<std::string> words;
    for (const CommandRow& row : rows) {
        const std::size_t space = row.words.find(' ');
        const std::string_view first = row.words.substr(0, space);
        if (before.empty()) words.emplace_back(first);
        if (!before.empty() && first == before && space != std::string_view::npos) {
            words.emplace_back(row.words.substr(space + 1));
        }
    }
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

}  // namespace

std::span<const CommandRow> commands_table() {
    return rows;
}

const CommandRow& row_of(Command command) {
    return *std::find_if(std::begin(rows), std::end(rows),
                         [command](const CommandRow& row) { return row.command == command; });
}

std::optional<std::string> help_text(std::string_view words) {
    if (words.empty()) return program_help();
    std::string group;
    for (const CommandRow& row : rows) {
        if (row.words == words) return command_help(row);
        if (!row.words.starts_with(std::string(words) + " ")) continue;
        group += two_columns(std::string(row.words), row.summary);
    }
    if (group.empty()) return std::nullopt;
    return "usage: keyledger " + std::string(words) + " COMMAND [FLAGS]\n\nCommands:\n" + group;
}

// Paths complete where a flag takes a value, since bash falls back to them (-o default).
std::string bash_completion() {
    std::string out =
        "# Completion of keyledger for bash.\n"
        "_keyledger() {\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} candidates=\n"
        "    case \"${COMP_WORDS[1]:-} ${COMP_WORDS[2]:-}\" in\n";
    for (const CommandRow& row : rows) {
        const bool nested = row.words.find(' ') != std::string_view::npos;
        const std::string pattern = "\"" + std::string(row.words) + (nested ? "\"" : " \"*");
        std::string words = completion_flags(row);
        if (row.command == Command::completion) words += " bash";
        out += "        " + pattern + ") candidates=\"" + words + "\" ;;\n";
    }
    out +=
        "    esac\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        candidates=\"" +
        completion_words("") +
        "\"\n"
        "    elif [ \"$COMP_CWORD\" -eq 2 ]; then\n"
        "        case \"${COMP_WORDS[1]}\" in\n"
        "            config) candidates=\"" +
        completion_words("config") +
        "\" ;;\n"
        "            token) candidates=\"" +
        completion_words("token") +
        "\" ;;\n"
        "            help) candidates=\"" +
        completion_words("") +
        "\" ;;\n"
        "        esac\n"
        "    fi\n"
        "    COMPREPLY=($(compgen -W \"$candidates\" -- \"$current\"))\n"
        "}\n"
        "complete -o default -F _keyledger keyledger\n";
    return out;
}

}  // namespace keyledger
