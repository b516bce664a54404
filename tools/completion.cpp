// Completion for bash (declared in command_line.hpp).

#include "tools/command_line.hpp"
#include "tools/settings_table.hpp"

#include <algorithm>
#include <utility>

namespace keyledger {

namespace {

using Words = std::vector<std::string>;

std::string joined(const Words& words) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

Words sorted(Words words) {
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

std::string completion_flags(const CommandRow& row) {
    Words flags{"--help"};
    for (const CommandFlag& flag : flags_of(row)) flags.push_back("--" + std::string(flag.name));
    if (!row.argument_words.empty()) flags.emplace_back(row.argument_words);
    if (!row.settings) return joined(flags);
    for (const Setting& setting : settings_table()) {
        if (has_flag(setting, *row.settings)) flags.push_back("--" + flag_of(setting));
    }
    return joined(flags);
}

// The words that may come next after `before` ("" at the start, "config" after that).
Words words_after(std::string_view before) {
    Words words;
    for (const CommandRow& row : commands_table()) {
        const std::size_t space = row.words.find(' ');
        const std::string_view first = row.words.substr(0, space);
        if (before.empty()) words.emplace_back(first);
        if (!before.empty() && first == before && space != std::string_view::npos) {
            words.emplace_back(row.words.substr(space + 1));
        }
    }
    return sorted(std::move(words));
}

// The first words of commands of two.
Words groups() {
    Words words;
    for (const CommandRow& row : commands_table()) {
        const std::size_t space = row.words.find(' ');
        if (space != std::string_view::npos) words.emplace_back(row.words.substr(0, space));
    }
    return sorted(std::move(words));
}

// The flags behind which a value stands: nothing of ours completes there.
std::string flags_with_value(const CommandRow& row) {
    Words flags;
    for (const CommandFlag& flag : flags_of(row)) {
        if (flag.value.empty()) continue;
        flags.push_back("--" + std::string(flag.name));
        if (flag.letter) flags.push_back(std::string("-") + flag.letter);
    }
    if (!row.settings) return joined(flags);
    for (const Setting& setting : settings_table()) {
        const bool has_value = has_flag(setting, *row.settings) && !setting.value.empty();
        if (has_value) flags.push_back("--" + flag_of(setting));
    }
    return joined(flags);
}

// What -o takes.
std::string forms_of(const CommandRow& row) {
    return row.command == Command::audit_report ? "json ndjson csv table" : "json ndjson table";
}

std::string branch(const std::string& pattern, const std::string& candidates) {
    return "        " + pattern + ") candidates=\"" + candidates + "\" ;;\n";
}

}  // namespace

// Paths complete where a flag takes a value, since bash falls back to them (-o default).
std::string bash_completion() {
    std::string out =
        "# Completion of keyledger for bash.\n"
        "_keyledger() {\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local candidates= with_value= forms=\n"
        "    case \"${COMP_WORDS[1]:-} ${COMP_WORDS[2]:-}\" in\n";
    for (const CommandRow& row : commands_table()) {
        const bool nested = row.words.find(' ') != std::string_view::npos;
        const std::string pattern = "\"" + std::string(row.words) + (nested ? "\"" : " \"*");
        out += "        " + pattern + ") candidates=\"" + completion_flags(row) +
               "\" with_value=\"" + flags_with_value(row) + "\" forms=\"" + forms_of(row) +
               "\" ;;\n";
    }
    out +=
        "    esac\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        candidates=\"" +
        joined(words_after("")) +
        "\"\n"
        "    elif [ \"$COMP_CWORD\" -eq 2 ]; then\n"
        "        case \"${COMP_WORDS[1]}\" in\n";
    for (const std::string& group : groups()) {
        out += "    " + branch(group, joined(words_after(group)));
    }
    out += "    " + branch("help", joined(words_after("")));
    out +=
        "        esac\n"
        "    elif [ \"$COMP_CWORD\" -eq 3 ] && [ \"${COMP_WORDS[1]}\" = help ]; then\n"
        "        case \"${COMP_WORDS[2]}\" in\n";
    for (const std::string& group : groups()) {
        out += "    " + branch(group, joined(words_after(group)));
    }
    out +=
        "        esac\n"
        "    fi\n"
        "    case \" $with_value \" in\n" +
        branch("*\" $before \"*", "") +
        "    esac\n"
        "    case $before in\n" +
        branch("-o|--output", "$forms") + branch("--bucket", "1m 1h 1d") +
        branch("--status", "active suspended expired revoked pending") +
        "    esac\n"
        "    COMPREPLY=($(compgen -W \"$candidates\" -- \"$current\"))\n"
        "}\n"
        "complete -o default -F _keyledger keyledger\n";
    return out;
}

}  // namespace keyledger
