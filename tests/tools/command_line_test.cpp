#include "tools/command_line.hpp"

#include "tools/commands/token_inspect.hpp"
#include "tools/settings_table.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace keyledger {
namespace {

using Texts = std::vector<std::string>;

CommandLine line_of(const Texts& arguments) {
    const ParsedCommandLine parsed = parse_command_line(arguments);
    INFO(parsed.problem);
    REQUIRE(parsed.exit_code == ExitCode::success);
    return parsed.line;
}

std::string problem_of(const Texts& arguments, ExitCode expected) {
    const ParsedCommandLine parsed = parse_command_line(arguments);
    CHECK(parsed.exit_code == expected);
    return parsed.problem;
}

Texts values_of(const CommandLine& line, std::string_view flag) {
    for (const FlagValue& given : line.settings) {
        if (given.flag == flag) return given.values;
    }
    return {};
}

TEST_CASE("every command is found by its words") {
    for (const CommandRow& row : commands_table()) {
        INFO(row.words);
        Texts words{std::string(row.words)};
        if (const std::size_t space = row.words.find(' '); space != std::string_view::npos) {
            words = {std::string(row.words.substr(0, space)),
                     std::string(row.words.substr(space + 1))};
        }
        words.push_back("--help");
        const CommandLine help = line_of(words);
        CHECK(help.command == Command::help);
        CHECK(help.arguments == Texts{std::string(row.words)});
    }
}

// As many as it needs, and a value for each flag that it can't do without.
Texts words_of(const CommandRow& row) {
    Texts words;
    for (std::string_view rest = row.words; !rest.empty();) {
        const std::size_t space = std::min(rest.find(' '), rest.size());
        words.emplace_back(rest.substr(0, space));
        rest.remove_prefix(std::min(space + 1, rest.size()));
    }
    if (!row.argument.empty() && !row.argument.starts_with('[')) words.emplace_back("x");
    for (const CommandFlag& flag : flags_of(row)) {
        if (flag.is_needed) words.insert(words.end(), {"--" + std::string(flag.name), "x"});
    }
    return words;
}

TEST_CASE("every command can be given with what it needs, and without any of it can't") {
    for (const CommandRow& row : commands_table()) {
        INFO(row.words);
        const Texts words = words_of(row);
        CHECK(line_of(words).command == row.command);
        for (const CommandFlag& flag : flags_of(row)) {
            if (!flag.is_needed) continue;
            Texts less = words;
            const auto at = std::find(less.begin(), less.end(), "--" + std::string(flag.name));
            less.erase(at, at + 2);
            CHECK(problem_of(less, ExitCode::usage).find("is missing") != std::string::npos);
        }
        if (row.argument.empty() || row.argument.starts_with('[')) continue;
        Texts less = words;
        less.erase(std::find(less.begin(), less.end(), "x"));
        CHECK(problem_of(less, ExitCode::usage).find("is missing") != std::string::npos);
    }
}

TEST_CASE("every flag of a command's own is read, a switch without a value") {
    for (const CommandRow& row : commands_table()) {
        for (const CommandFlag& flag : flags_of(row)) {
            const std::string name(flag.name);
            INFO(row.words << " --" << name);
            Texts words = words_of(row);
            words.push_back("--" + name);
            if (!flag.value.empty()) words.push_back("-24h");  // a value may begin with a dash
            const CommandLine line = line_of(words);
            CHECK(line.value(name) == (flag.value.empty() ? "true" : "-24h"));
        }
    }
}

TEST_CASE("a switch of a command takes no value, not even a no") {
    CHECK(problem_of({"tokens", "revoke", "--yes=false"}, ExitCode::usage) ==
          "--yes: takes no value");
    CHECK(problem_of({"events", "--follow=1"}, ExitCode::usage) == "--follow: takes no value");
}

TEST_CASE("a flag with a letter goes by it too") {
    CHECK(line_of({"workspaces", "list", "-o", "json"}).value("output") == "json");
    CHECK(line_of({"workspaces", "list", "--output=table"}).value("output") == "table");
}

TEST_CASE("a flag before the command is taken if it has no value, and else explained") {
    const CommandLine line = line_of({"--curl", "keys", "list", "--workspace", "w"});
    CHECK(line.has("curl"));
    CHECK(line.value("workspace") == "w");
    CHECK(problem_of({"--workspace=w", "keys", "list"}, ExitCode::usage) ==
          "keyledger: --workspace stands behind the command: keyledger keys list --workspace SLUG");
}

TEST_CASE("two arguments can be given where a command takes two") {
    CHECK(line_of({"audit", "report", "key", "a"}).arguments == Texts{"key", "a"});
    CHECK(problem_of({"audit", "report", "key", "a", "b"}, ExitCode::usage)
              .find("what is b? Only 2 can be given") != std::string::npos);
}

TEST_CASE("more arguments than a command takes are refused") {
    CHECK(line_of({"keys", "revoke", "a", "b", "c"}).arguments == Texts{"a", "b", "c"});
    CHECK(line_of({"keys", "import", "-", "--workspace", "w"}).arguments == Texts{"-"});
    CHECK(problem_of({"keys", "get", "a", "b"}, ExitCode::usage).find("what is b?") !=
          std::string::npos);
}

TEST_CASE("an unknown flag of a command is told, with what was meant") {
    CHECK(problem_of({"keys", "get", "a", "--as-off", "1"}, ExitCode::usage) ==
          "keyledger keys get: what is --as-off? did you mean --as-of?");
    CHECK(problem_of({"keys", "get", "a", "--zzzzzz"}, ExitCode::usage)
              .starts_with("keyledger keys get: what is --zzzzzz? `keyledger help keys get`"));
}

TEST_CASE("flags of settings go to the settings as they stand") {
    const CommandLine line = line_of({"serve", "--data", "d", "--listen=127.0.0.1:1", "--listen",
                                      "unix:/a", "--dev", "--plain-http=false"});
    CHECK(line.command == Command::serve);
    CHECK(values_of(line, "data") == Texts{"d"});
    CHECK(values_of(line, "listen") == Texts{"127.0.0.1:1", "unix:/a"});
    CHECK(values_of(line, "dev") == Texts{"true"});
    CHECK(values_of(line, "plain-http") == Texts{"false"});
    CHECK(line.settings.size() == 4);
}

TEST_CASE("an unknown flag goes to the settings too, which know what to say") {
    const CommandLine line = line_of({"serve", "--lisen", "127.0.0.1:1", "--dev"});
    const LoadedSettings loaded = load_settings({line.settings, {}}, SettingsUse::serve);
    CHECK(loaded.problems == Texts{"--lisen: unknown setting; did you mean --listen?"});
    CHECK(loaded.exit_code == ExitCode::configuration);
}

TEST_CASE("a flag of another command is unknown") {
    const CommandLine line = line_of({"init", "--data", "d", "--dev"});
    CHECK(load_settings({line.settings, {}}, SettingsUse::init).problems ==
          Texts{"--dev: unknown setting"});
}

TEST_CASE("a flag without its value is refused") {
    CHECK(problem_of({"serve", "--data"}, ExitCode::configuration) == "--data: needs a value");
    CHECK(problem_of({"token", "inspect", "--file"}, ExitCode::usage) == "--file: needs a value");
}

TEST_CASE("a command line that makes no sense is refused") {
    CHECK(problem_of({}, ExitCode::usage) ==
          "keyledger: a command is missing; `keyledger help` lists the commands");
    CHECK(problem_of({"config"}, ExitCode::usage) ==
          "keyledger: a command is missing; `keyledger help config` lists the commands");
    CHECK(problem_of({"srve"}, ExitCode::usage) ==
          "keyledger: no such command: srve; did you mean serve?");
    CHECK(problem_of({"config", "chekc"}, ExitCode::usage) ==
          "keyledger: no such command: chekc; did you mean check?");
    CHECK(problem_of({"serve", "now"}, ExitCode::usage) ==
          "keyledger serve: what is now? `keyledger help serve` says what can be given");
    CHECK(problem_of({"serve", "init"}, ExitCode::usage)
              .starts_with("keyledger serve: what is init?"));
    CHECK(problem_of({"serve", "--", "x"}, ExitCode::usage)
              .starts_with("keyledger serve: what is x?"));
    CHECK(problem_of({"version", "--loud"}, ExitCode::usage)
              .starts_with("keyledger version: what is --loud?"));
    CHECK(problem_of({"ser\nready"}, ExitCode::usage).find('\n') == std::string::npos);
}

TEST_CASE("a token as an argument is refused, and not repeated") {
    const std::string said = problem_of({"token", "inspect", "hr_live_secret"}, ExitCode::usage);
    CHECK(said.find("not given as an argument") != std::string::npos);
    CHECK(said.find("secret") == std::string::npos);
}

TEST_CASE("what has the shape of a token is refused wherever it stands, and not repeated") {
    const std::string token = "hr_live_Ab12Cd34_0123456789abcdefghijABCDEFGHIJ011SU0xF";
    for (const Texts& words :
         {Texts{"keys", "get", token}, Texts{"keys", "revoke", "a", token},
          Texts{"keys", "list", "--workspace", token}, Texts{"verify", token},
          Texts{"verify", "hr_live_secret"}, Texts{"tokens", "revoke", "x"},
          Texts{"version", token}, Texts{"keys", "get", "a", "--owner", token}, Texts{token},
          Texts{"--token", token}, Texts{"keys", token}, Texts{"serve", "--data", token},
          Texts{"serve", "--signing-key", "PRIVATE+KEY+log+00+AA"},
          Texts{"audit", "verify", "--data", "d", "--key", "PRIVATE+KEY+log+00+AA"}}) {
        INFO(words.front());
        const std::string said = problem_of(words, ExitCode::usage);
        CHECK(said.find("not given as an argument") != std::string::npos);
        CHECK(said.find(words.back()) == std::string::npos);
    }
    for (const Texts& words :
         {Texts{"--token=" + token}, Texts{"--token=" + token, "keys", "list"},
          Texts{"keys", "--token=" + token, "list", "--workspace", "w"},
          Texts{"keys", "get", "a", "--token=" + token}, Texts{"serve", "--token=" + token}}) {
        const std::string said = problem_of(words, ExitCode::usage);
        CHECK(said.find("not given as an argument") != std::string::npos);
        CHECK(said.find(token) == std::string::npos);
    }
}

TEST_CASE("the value of an unknown flag is not repeated, whatever it looks like") {
    const std::string secret = "hunter2";
    for (const Texts& words :
         {Texts{"--token=" + secret}, Texts{"--token", secret}, Texts{"-t" + secret},
          Texts{"-t=" + secret}, Texts{"keys", "--token=" + secret},
          Texts{"keys", "get", "a", "--token=" + secret}, Texts{"keys", "get", "a", "-t" + secret},
          Texts{"keys", "get", "a", "--token", secret},
          Texts{"tokens", "revoke", "--yes=" + secret},
          Texts{"--token=" + secret, "keys", "get", "a"}, Texts{"--version=" + secret}}) {
        INFO(words.front());
        const std::string said = problem_of(words, ExitCode::usage);
        CHECK_FALSE(said.empty());
        CHECK(said.find(secret) == std::string::npos);
    }
    const LoadedSettings loaded = load_settings(
        {line_of({"serve", "--token=" + secret, "--dev"}).settings, {}}, SettingsUse::serve);
    REQUIRE(loaded.problems.size() == 1);
    CHECK(loaded.problems.front().find(secret) == std::string::npos);
}

TEST_CASE("help and version have flags as well") {
    CHECK(line_of({"--help"}).command == Command::help);
    CHECK(line_of({"-h"}).arguments == Texts{});
    CHECK(line_of({"--version"}).command == Command::version);
    CHECK(line_of({"config", "--help"}).arguments == Texts{"config"});
    CHECK(line_of({"help", "token", "inspect"}).arguments == Texts{"token", "inspect"});
}

TEST_CASE("help names every command, and every flag of a command") {
    const std::string all = *help_text("");
    for (const CommandRow& row : commands_table()) {
        INFO(row.words);
        CHECK(all.find("  " + std::string(row.words) + " ") != std::string::npos);
        const std::optional<std::string> help = help_text(row.words);
        REQUIRE(help);
        CHECK(help->find("usage: keyledger " + std::string(row.words)) != std::string::npos);
        CHECK(help->find("Examples:\n") != std::string::npos);
        if (!row.settings) continue;
        for (const Setting& setting : settings_table()) {
            if (!has_flag(setting, *row.settings)) continue;
            CHECK(help->find("  --" + flag_of(setting)) != std::string::npos);
        }
    }
    CHECK(help_text("doctor")->find("--tls-cert") != std::string::npos);
    CHECK(help_text("doctor")->find("--listen") == std::string::npos);
    CHECK(help_text("keys resume")->find("--force") == std::string::npos);
    CHECK(help_text("config")->find("config check") != std::string::npos);
    CHECK_FALSE(help_text("nothing"));
    CHECK_FALSE(help_text("conf"));
}

TEST_CASE("help fits a terminal of 100 columns") {
    for (const CommandRow& row : commands_table()) {
        std::string text = *help_text(row.words);
        for (std::size_t end; (end = text.find('\n')) != std::string::npos;
             text.erase(0, end + 1)) {
            INFO(text.substr(0, end));
            CHECK(end <= 100);
        }
    }
}

TEST_CASE("every example in the help is a command line that can be read") {
    for (const CommandRow& row : commands_table()) {
        std::string examples(row.example);
        for (std::size_t end; (end = examples.find('\n')) != std::string::npos;
             examples.erase(0, end + 1)) {
            std::string example = examples.substr(0, end);
            INFO(example);
            example = example.substr(0, example.find_first_of("<>", example.find("keyledger")));
            example = example.substr(0, example.find(')'));
            example = example.substr(std::min(example.find("keyledger") + 9, example.size()));
            Texts words;
            std::size_t begin = 0;
            while ((begin = example.find_first_not_of(' ', begin)) != std::string::npos) {
                const bool is_quoted = example[begin] == '\'';
                if (is_quoted) ++begin;
                const std::size_t stop =
                    std::min(example.find(is_quoted ? '\'' : ' ', begin), example.size());
                words.push_back(example.substr(begin, stop - begin));
                begin = stop + (is_quoted ? 1 : 0);
            }
            if (words.empty()) continue;
            const CommandLine line = line_of(words);
            CHECK(line.command == row.command);
        }
    }
}

TEST_CASE("completion knows every command and flag") {
    const std::string script = bash_completion();
    for (const char* const word :
         {"serve", "\"config check\"", "--limits-queue-max", "inspect", "bash"}) {
        INFO(word);
        CHECK(script.find(word) != std::string::npos);
    }
}

// The checksum was computed by zlib's crc32 outside this program.
const std::string good_token = "hr_live_Ab12Cd34_0123456789abcdefghijABCDEFGHIJ011SU0xF";

TEST_CASE("a token says its prefix, tag and hint, and that its checksum holds") {
    const TokenReport report = inspect(" " + good_token + "\r\n");
    CHECK(report.is_whole);
    CHECK(report.text == "prefix    hr\ntag       live\nhint      Ab12Cd34\nchecksum  holds\n");
}

TEST_CASE("a token with one wrong character is shown, with a checksum that does not hold") {
    // From the first character of its random part on, to the last of the checksum.
    for (std::size_t at = good_token.size() - 38; at < good_token.size(); ++at) {
        std::string token = good_token;
        token[at] = token[at] == 'x' ? 'y' : 'x';
        INFO(token);
        const TokenReport report = inspect(token);
        CHECK_FALSE(report.is_whole);
        CHECK(report.text.starts_with(
            "prefix    hr\ntag       live\nhint      Ab12Cd34\nchecksum  does"));
    }
}

TEST_CASE("what has not the shape of a token has no report") {
    for (const std::string& text : {std::string(), std::string("\n"), std::string("hr_live"),
                                    good_token + "0", good_token.substr(0, good_token.size() - 1),
                                    "hr__" + good_token, std::string(5000, '_')}) {
        INFO(text);
        const TokenReport report = inspect(text);
        CHECK_FALSE(report.is_whole);
        CHECK(report.text.empty());
    }
}

}  // namespace
}  // namespace keyledger
