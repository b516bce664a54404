#pragma once
// The command line: which command, and with what. Commands and their flags stand in one table, from
// which reading, help and completion come.

#include "tools/exit_codes.hpp"
#include "tools/settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

enum class Command : std::uint8_t {
    init,
    serve,
    config_check,
    config_table,
    token_inspect,
    completion,
    version,
    help,
    workspaces_create,
    workspaces_list,
    workspaces_get,
    workspaces_update,
    keys_create,
    keys_list,
    keys_get,
    keys_update,
    keys_scopes,
    keys_rotate,
    keys_revoke,
    keys_suspend,
    keys_resume,
    keys_import,
    keys_events,
    keys_usage,
    tokens_find,
    tokens_revoke,
    verify,
    events,
    access,
    explain,
    doctor,
    audit_replay,
    audit_export,
    audit_verify,
    audit_verify_receipt,
    audit_watch,
    audit_report,
    audit_rotate_key,
    backup,
    restore,
};

// A flag of one command that is no setting.
struct CommandFlag {
    std::string_view name;   // without its dashes
    std::string_view value;  // what help calls the value; empty for a switch
    std::string_view help;
    bool is_needed = false;
    char letter = 0;  // -o; 0: it has none
};

// What a command does with a server; the flags of that come with it (shared_flags).
enum class ClientUse : std::uint8_t {
    none,
    reaches,   // --url, --ca, --token-file
    reads,     // these, and --output, --curl
    lists,     // these, and --limit
    changes,   // those of `reads`, and --reason
    commands,  // those of `changes`, and --idempotency-key
};

struct CommandRow {
    Command command;
    std::string_view words;               // "token inspect"
    std::string_view summary;             // a line in the list of commands
    std::string_view about;               // what a newcomer must know, in whole lines
    std::string_view example;             // lines that can be typed
    std::optional<SettingsUse> settings;  // its flags are those of the settings too
    std::span<const CommandFlag> flags;   // its own
    // What help calls what follows without dashes: "KEY" is one, "[KEY]" one or none, "KEY [KEY]"
    // one or two, "[KEY...]" any number; empty: nothing may follow.
    std::string_view argument;
    ClientUse client = ClientUse::none;
    std::string_view argument_words = {};  // what it may be, for completion; empty: anything
};

std::span<const CommandRow> commands_table();
const CommandRow& row_of(Command command);
// A command's own flags, then those that it shares with others.
std::vector<CommandFlag> flags_of(const CommandRow& row);

struct CommandLine {
    Command command = Command::help;
    std::vector<FlagValue> settings;                        // flags that are settings, known or not
    std::map<std::string, std::vector<std::string>> flags;  // the command's own; a switch: {"true"}
    std::vector<std::string> arguments;

    // Of the command's own flags.
    bool has(const std::string& flag) const { return flags.contains(flag); }
    // The value that was given last, or nothing.
    std::optional<std::string> value(const std::string& flag) const;
};

// What was asked, or why it makes no sense.
struct ParsedCommandLine {
    CommandLine line;
    std::string problem;  // empty if there is none
    ExitCode exit_code = ExitCode::success;
};

// `arguments` without the program's name. `--help` anywhere is the command `help` with the
// command's words as its argument. What has the shape of a token or of a signing key is refused
// wherever it stands, and not repeated: all users of a machine can see arguments. Nor is the value
// of a flag that is unknown.
ParsedCommandLine parse_command_line(const std::vector<std::string>& arguments);

// The help of one command (its words), or of all; nothing if there is no such command.
std::optional<std::string> help_text(std::string_view words);

// A script for bash that completes commands and flags.
std::string bash_completion();

}  // namespace keyledger
