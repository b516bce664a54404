// Every command of the program (declared in command_line.hpp): those that need no server stand
// here.

#include "tools/command_line.hpp"
#include "tools/command_rows.hpp"

#include <algorithm>

namespace keyledger {

namespace {

constexpr CommandFlag token_inspect_flags[] = {
    {"file", "FILE", "Read the token from this file; standard input if not given"},
};

constexpr CommandRow rows[] = {
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
     "SHELL",
     ClientUse::none,
     "bash"},
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
     "[COMMAND...]"},
};

constexpr CommandFlag connection_flags[] = {
    {"url", "URL", "The server, or KEYLEDGER_URL [http://127.0.0.1:8470]; unix:/PATH is one too"},
    {"ca", "FILE", "Whom to trust for https, or KEYLEDGER_CA, in place of the system's"},
    {"token-file", "FILE", "The caller's own token, in place of KEYLEDGER_TOKEN; - is input"},
};
constexpr CommandFlag answer_flags[] = {
    {.name = "output",
     .value = "FORMAT",
     .help =
         "json, ndjson or table; else a table on a terminal, and json (lists: ndjson) elsewhere",
     .letter = 'o'},
    {"curl", "", "Print the equal call of curl, and do nothing"},
};
constexpr CommandFlag list_flags[] = {
    {"limit", "NUMBER", "At most so many; else all of them"},
};
constexpr CommandFlag change_flags[] = {
    {"reason", "TEXT", "Why; it stands in the event"},
};
constexpr CommandFlag command_flags[] = {
    {"idempotency-key", "TEXT", "The same call with it again, within a day, does nothing twice"},
};

std::vector<CommandRow> all_rows() {
    std::vector<CommandRow> all(std::begin(rows), std::end(rows));
    for (const auto& more : {key_command_rows(), client_command_rows(), audit_command_rows(),
                             backup_command_rows()}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

void append_flags(std::vector<CommandFlag>& out, std::span<const CommandFlag> flags) {
    out.insert(out.end(), flags.begin(), flags.end());
}

}  // namespace

std::span<const CommandRow> commands_table() {
    static const std::vector<CommandRow> all = all_rows();
    return all;
}

const CommandRow& row_of(Command command) {
    const std::span<const CommandRow> all = commands_table();
    return *std::find_if(all.begin(), all.end(),
                         [command](const CommandRow& row) { return row.command == command; });
}

std::vector<CommandFlag> flags_of(const CommandRow& row) {
    std::vector<CommandFlag> out(row.flags.begin(), row.flags.end());
    const ClientUse use = row.client;
    if (use == ClientUse::none) return out;
    if (use == ClientUse::lists) append_flags(out, list_flags);
    if (use == ClientUse::changes || use == ClientUse::commands) append_flags(out, change_flags);
    if (use == ClientUse::commands) append_flags(out, command_flags);
    if (use != ClientUse::reaches) append_flags(out, answer_flags);
    append_flags(out, connection_flags);
    return out;
}

}  // namespace keyledger
