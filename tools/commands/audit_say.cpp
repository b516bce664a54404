#include "tools/commands/audit_say.hpp"

#include <cstdio>

namespace keyledger {

ExitCode say(const CommandLine& line, std::string_view what, ExitCode exit_code) {
    const std::string words(row_of(line.command).words);
    std::fprintf(stderr, "keyledger %s: %.*s\n", words.c_str(), static_cast<int>(what.size()),
                 what.data());
    return exit_code;
}

ExitCode show(std::string_view text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if (written && std::fflush(stdout) == 0) return ExitCode::success;
    std::perror("keyledger: standard output");
    return ExitCode::error;
}

std::optional<std::vector<VerifierKey>> keys_given(const CommandLine& line) {
    std::vector<VerifierKey> keys;
    const auto found = line.flags.find("key");
    if (found == line.flags.end()) return keys;
    for (const std::string& text : found->second) {
        const auto key = parse_verifier_key(text);
        if (!key) {
            say(line, "--key " + text + " is no verifier key; it looks like NAME+ID+BASE64",
                ExitCode::usage);
            return {};
        }
        keys.push_back(*key);
    }
    return keys;
}

std::string key_id_text(const VerifierKey& key) {
    const std::string text = to_text(key);  // NAME+ID+BASE64
    return text.substr(key.name.size() + 1, text.rfind('+') - key.name.size() - 1);
}

}  // namespace keyledger
