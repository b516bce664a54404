// The program: one switch over its commands.

#include "tools/command_line.hpp"
#include "tools/commands/audit.hpp"
#include "tools/commands/backup.hpp"
#include "tools/commands/client_commands.hpp"
#include "tools/commands/doctor.hpp"
#include "tools/commands/init.hpp"
#include "tools/commands/serve.hpp"
#include "tools/commands/token_inspect.hpp"
#include "tools/exit_codes.hpp"
#include "tools/logging.hpp"
#include "tools/read_file.hpp"
#include "tools/settings.hpp"
#include "tools/settings_table.hpp"
#include "tools/terminal/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

namespace {

ExitCode run(const CommandLine& line);

ExitCode run_arguments(const std::vector<std::string>& arguments) {
    const ParsedCommandLine parsed = parse_command_line(arguments);
    if (parsed.problem.empty()) return run(parsed.line);
    print_error(parsed.problem);
    return parsed.exit_code;
}

// An answer that did not arrive (a full disk, a closed pipe) is no success.
ExitCode print(std::string_view text, ExitCode exit_code = ExitCode::success) {
    return print_all(text) ? exit_code : ExitCode::error;
}

bool load(const CommandLine& line, SettingsUse use, LoadedSettings& loaded) {
    loaded = load_settings({line.settings, keyledger_environment()}, use);
    for (const std::string& problem : loaded.problems) print_error(problem);
    return loaded.problems.empty();
}

ExitCode init(const CommandLine& line) {
    LoadedSettings loaded;
    if (!load(line, SettingsUse::init, loaded)) return loaded.exit_code;
    return run_init(loaded.settings);
}

ExitCode serve(const CommandLine& line) {
    LoadedSettings loaded;
    if (!load(line, SettingsUse::serve, loaded)) return loaded.exit_code;
    const OpenedLog log = open_log(loaded.settings.log);
    if (!log.logger) {
        print_error(loaded.places["log.file"] + ": " + loaded.settings.log.file +
                    " can't be opened: " + log.problem);
        return ExitCode::configuration;
    }
    return run_serve(loaded.settings, *log.logger);
}

ExitCode check_config(const CommandLine& line) {
    LoadedSettings loaded;
    if (!load(line, SettingsUse::check, loaded)) return loaded.exit_code;
    return print(settings_toml(loaded));
}

ExitCode inspect_token_given(const CommandLine& line) {
    constexpr std::size_t token_file_bytes_max = 4096;
    const auto file = line.flags.find("file");
    const bool from_file = file != line.flags.end();
    const FileText read = from_file ? read_file(file->second.back(), token_file_bytes_max)
                                    : read_descriptor(STDIN_FILENO, token_file_bytes_max);
    if (!read.problem.empty()) {
        const std::string place = from_file ? "--file" : "standard input";
        print_error("keyledger token inspect: " + place + " can't be read: " + read.problem);
        return ExitCode::error;
    }
    const TokenReport report = inspect(read.text);
    if (report.text.empty()) {
        print_error(
            "keyledger token inspect: this has not the shape of a token, "
            "PREFIX_TAG_HINT_RANDOMCHECKSUM");
        return ExitCode::error;
    }
    return print(report.text, report.is_whole ? ExitCode::success : ExitCode::error);
}

ExitCode look_for_faults(const CommandLine& line) {
    LoadedSettings loaded;
    if (!load(line, SettingsUse::doctor, loaded)) return loaded.exit_code;
    return run_doctor(line, loaded.settings);
}

ExitCode complete(const CommandLine& line) {
    if (line.arguments == std::vector<std::string>{"bash"}) return print(bash_completion());
    print_error("keyledger completion: name the shell: bash");
    return ExitCode::usage;
}

ExitCode help(const CommandLine& line) {
    std::string words;
    for (const std::string& word : line.arguments) words += (words.empty() ? "" : " ") + word;
    if (const std::optional<std::string> text = help_text(words)) return print(*text);
    print_error("keyledger help: no such command; `keyledger help` lists them");
    return ExitCode::usage;
}

ExitCode run(const CommandLine& line) {
    switch (line.command) {
        case Command::init: return init(line);
        case Command::serve: return serve(line);
        case Command::config_check: return check_config(line);
        case Command::config_table: return print(settings_markdown());
        case Command::token_inspect: return inspect_token_given(line);
        case Command::completion: return complete(line);
        case Command::version: return print("keyledger " KEYLEDGER_VERSION "\n");
        case Command::help: return help(line);
        case Command::workspaces_create: return with_api(line, create_workspace);
        case Command::workspaces_list: return with_api(line, list_workspaces);
        case Command::workspaces_get: return with_api(line, get_workspace);
        case Command::workspaces_update: return with_api(line, update_workspace);
        case Command::keys_create: return with_api(line, create_key);
        case Command::keys_list: return with_api(line, list_keys);
        case Command::keys_get: return with_api(line, get_key);
        case Command::keys_update: return with_api(line, update_key);
        case Command::keys_scopes: return with_api(line, set_key_scopes);
        case Command::keys_rotate: return with_api(line, rotate_key);
        case Command::keys_revoke: return with_api(line, revoke_keys);
        case Command::keys_suspend: return with_api(line, suspend_key);
        case Command::keys_resume: return with_api(line, resume_key);
        case Command::keys_import: return with_api(line, import_keys);
        case Command::keys_events: return with_api(line, list_key_events);
        case Command::keys_usage: return with_api(line, show_key_usage);
        case Command::tokens_find: return with_api(line, find_tokens);
        case Command::tokens_revoke: return with_api(line, revoke_tokens);
        case Command::verify: return with_api(line, verify_token);
        case Command::events: return with_api(line, show_events);
        case Command::access: return with_api(line, list_access);
        case Command::explain: return with_api(line, explain_key);
        case Command::doctor: return look_for_faults(line);
        case Command::audit_replay: return run_audit_replay(line);
        case Command::audit_export: return run_audit_export(line);
        case Command::audit_verify: return run_audit_verify(line);
        case Command::audit_verify_receipt: return run_audit_verify_receipt(line);
        case Command::audit_watch: return run_audit_watch(line);
        case Command::audit_report: return run_audit_report(line);
        case Command::audit_rotate_key: return run_audit_rotate_key(line);
        case Command::backup: return run_backup(line);
        case Command::restore: return run_restore(line);
    }
    return ExitCode::error;
}

}  // namespace

}  // namespace keyledger

int main(int argc, char** argv) {
    // A file that the program opens must not come to stand where it writes its words.
    const bool can_write = fcntl(STDOUT_FILENO, F_GETFD) != -1;
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(standard, F_GETFD) == -1 && open("/dev/null", O_RDWR) != standard) return 1;
    }
    if (!can_write) {
        keyledger::print_error("keyledger: standard output is closed");
        return static_cast<int>(keyledger::ExitCode::error);
    }
    // A write past a limit, or to who has gone, is to fail where it stands.
    for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
    // Our code does not throw; what a library throws and nobody took ends the program here.
    try {
        return static_cast<int>(keyledger::run_arguments({argv + 1, argv + argc}));
    } catch (const std::exception& error) {
        keyledger::print_error(std::string("keyledger: ") + error.what());
        return static_cast<int>(keyledger::ExitCode::error);
    }
}
