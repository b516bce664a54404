#include "tools/commands/audit_say.hpp"

#include "tools/terminal/terminal.hpp"

#include <string>

namespace keyledger {

ExitCode say(const CommandLine& line, std::string_view what, ExitCode exit_code) {
    print_error("keyledger " + std::string(row_of(line.command).words) + ": " + std::string(what));
    return exit_code;
}

ExitCode show(std::string_view text) {
    return print_all(text) ? ExitCode::success : ExitCode::error;
}

std::optional<std::vector<VerifierKey>> keys_given(const CommandLine& line,
                                                   const std::string& flag) {
    std::vector<VerifierKey> keys;
    const auto found = line.flags.find(flag);
    if (found == line.flags.end()) return keys;
    for (const std::string& text : found->second) {
        const auto key = parse_verifier_key(text);
        if (!key) {
            say(line, "--" + flag + " is no verifier key; one looks like NAME+ID+BASE64",
                ExitCode::usage);
            return {};
        }
        keys.push_back(*key);
    }
    return keys;
}

std::string key_id_text(const VerifierKey& key) {
    constexpr std::size_t id_digits = 8;
    return to_text(key).substr(key.name.size() + 1, id_digits);  // of NAME+ID+BASE64
}

}  // namespace keyledger
