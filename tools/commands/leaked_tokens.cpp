// `keyledger tokens find` and `tokens revoke`: the keys of tokens that leaked, one by one.

#include "ledger/base/bytes.hpp"
#include "ledger/rules/secret.hpp"
#include "tools/client/curl.hpp"
#include "tools/commands/client_commands.hpp"
#include "tools/commands/revocation.hpp"
#include "tools/terminal/terminal.hpp"

#include <algorithm>

namespace keyledger {

namespace {

constexpr std::size_t tokens_a_call_max = 10'000;
constexpr std::size_t lines_named_max = 20;
constexpr std::string_view digest_prefix = "sha256:";

constexpr Column token_columns[] = {
    {"RESULT", "result"},        {"KEY", "keyId"},
    {"LAST USED", "lastUsedAt"}, {"USES IN 24 H", "usesLast24h.total"},
    {"DIGEST", "digest"},
};

constexpr Column found_columns[] = {
    {"KEY", "key.id"},
    {"STATUS", "key.status"},
    {"WORKSPACE", "key.workspace"},
    {"OWNER", "key.owner"},
    {"NAME", "key.name"},
    {"LAST USED", "key.lastUsedAt"},
    {"USES IN 24 H", "usesLast24h.total"},
    {"DIGEST", "digest"},
};

// The lines of the file, in the order in which the server is asked about them.
struct Leaked {
    std::vector<ListedLine> digests, tokens;
    std::vector<std::size_t> malformed;  // numbers of lines that the server would take for neither
};

bool is_whole_digest(std::string_view text) {
    const std::optional<std::string> bytes = from_hex(text.substr(digest_prefix.size()));
    return bytes && bytes->size() == Digest().size();
}

Leaked sorted_out(std::vector<ListedLine> lines) {
    Leaked leaked;
    for (ListedLine& line : lines) {
        const bool is_digest = line.text.starts_with(digest_prefix);
        const bool is_whole = is_digest ? is_whole_digest(line.text)
                                        : line.text.size() <= token_bytes_max && is_utf8(line.text);
        if (!is_whole) {
            leaked.malformed.push_back(line.number);
        } else {
            (is_digest ? leaked.digests : leaked.tokens).push_back(std::move(line));
        }
    }
    return leaked;
}

// What is asked about them: a path, and the member that each item of its answer has.
struct Question {
    std::string_view path;
    const char* answered;
    bool has_remarks;
};
constexpr Question finding{"/v1/tokens:find", "digest", false};
constexpr Question revoking{"/v1/tokens:revoke", "result", true};

// In calls of at most so many, each of which names one or the other.
std::optional<ExitCode> ask_about(Api& api, const Question& question, Results& results,
                                  std::size_t& part, const char* member,
                                  const std::vector<ListedLine>& lines) {
    for (std::size_t begin = 0; begin < lines.size(); begin += tokens_a_call_max) {
        const std::size_t end = std::min(begin + tokens_a_call_max, lines.size());
        std::vector<std::string> texts;
        for (std::size_t i = begin; i < end; ++i) texts.push_back(lines[i].text);
        RequestBody body(api.line());
        body.set(member, json_array(texts));
        if (question.has_remarks) body.remarks();
        if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
        const HttpCall call = part_of(api, part++, std::string(question.path), body.text());
        if (const auto failed = results.take_items(call, question.answered, texts.size()))
            return *failed;
    }
    return std::nullopt;
}

std::optional<ExitCode> ask_about(Api& api, const Question& question, Results& results,
                                  const Leaked& leaked) {
    std::size_t part = 0;
    const auto failed = ask_about(api, question, results, part, "digests", leaked.digests);
    return failed ? failed : ask_about(api, question, results, part, "tokens", leaked.tokens);
}

// The lines of --file or standard input; a placeholder where a request is only shown.
ListedLines lines_to_ask(Api& api) {
    if (api.prints_curl()) return {{{1, std::string(token_placeholder)}}, {}};
    return read_lines(api.line().value("file").value_or("-"));
}

// What came of the lines that were answered.
struct Tally {
    std::size_t revoked = 0, before = 0, unknown = 0, refused = 0;
    std::vector<std::size_t> shapeless;  // unknown, and not made by any keyledger: their numbers
};

Tally tally_of(const Leaked& leaked, const std::vector<JsonValue>& items) {
    Tally tally;
    const std::size_t digests = leaked.digests.size();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string result = cell_text(items[i].find("result"));
        const bool is_known =
            result == "revoked" || result == "already_revoked" || result == "last_administrator";
        if (result == "revoked") ++tally.revoked;
        if (result == "already_revoked") ++tally.before;
        if (result == "last_administrator") ++tally.refused;
        if (is_known) continue;
        ++tally.unknown;
        const bool is_token = i >= digests && i - digests < leaked.tokens.size();
        if (!is_token) continue;
        const ListedLine& line = leaked.tokens[i - digests];
        if (!inspect_token(line.text)) tally.shapeless.push_back(line.number);
    }
    return tally;
}

// "line 3", "lines 3, 5 and 12 more".
std::string named_lines(const std::vector<std::size_t>& numbers) {
    std::string text = numbers.size() == 1 ? "line " : "lines ";
    const std::size_t named = std::min(numbers.size(), lines_named_max);
    for (std::size_t i = 0; i < named; ++i) {
        text += (i == 0 ? "" : ", ") + std::to_string(numbers[i]);
    }
    if (numbers.size() > named) text += " and " + std::to_string(numbers.size() - named) + " more";
    return text;
}

ExitCode say_malformed(Api& api, const Leaked& leaked, ExitCode exit_code) {
    return api.fail(
        named_lines(leaked.malformed) + ": no token and no digest (sha256: and 64 digits)",
        exit_code);
}

// Says what was not ended, and why; lines by their numbers, since what they hold may be a secret.
ExitCode judge(Api& api, const Leaked& leaked, const Tally& tally) {
    const std::size_t unknown = tally.unknown + leaked.malformed.size();
    const ExitCode exit_code = tally.refused > 0 ? ExitCode::conflict
                               : unknown > 0     ? ExitCode::error
                                                 : ExitCode::success;
    if (!leaked.malformed.empty()) say_malformed(api, leaked, exit_code);
    if (!tally.shapeless.empty()) {
        api.fail(named_lines(tally.shapeless) + ": unknown, and without the shape of a token",
                 exit_code);
    }
    if (tally.refused > 0) {
        api.fail("the last key that can administer was kept; --force ends it too", exit_code);
    }
    print_error(std::to_string(tally.revoked) + " revoked, " + std::to_string(tally.before) +
                " were ended before, " + std::to_string(unknown) + " unknown, " +
                std::to_string(tally.refused) + " refused");
    return exit_code;
}

}  // namespace

ExitCode find_tokens(Api& api) {
    const ListedLines lines = lines_to_ask(api);
    if (!lines.problem.empty()) return api.fail(lines.problem, ExitCode::error);
    if (lines.lines.empty()) return api.fail("there are no tokens to find", ExitCode::usage);
    const Leaked leaked = sorted_out(lines.lines);
    Results results(api, found_columns);
    const std::optional<ExitCode> failed = ask_about(api, finding, results, leaked);
    const ExitCode shown = results.show();
    if (failed || api.prints_curl() || shown != ExitCode::success) return failed.value_or(shown);
    const auto is_unknown = [](const JsonValue& item) {
        const JsonValue* const key = item.find("key");
        return key == nullptr || key->kind != JsonKind::object;
    };
    const auto unknown = std::ranges::count_if(results.items(), is_unknown);
    if (!leaked.malformed.empty()) return say_malformed(api, leaked, ExitCode::error);
    if (unknown == 0) return ExitCode::success;
    return api.fail(std::to_string(unknown) + " of them no key has", ExitCode::error);
}

ExitCode revoke_tokens(Api& api) {
    ListedLines lines = lines_to_ask(api);
    if (!lines.problem.empty()) return api.fail(lines.problem, ExitCode::error);
    if (lines.lines.empty()) return api.fail("there are no tokens to revoke", ExitCode::usage);
    const std::string what =
        "the keys of " + counted(lines.lines.size(), "token or digest", "tokens and digests");
    if (const auto refused = refused_by_person(api, what)) return *refused;
    const Leaked leaked = sorted_out(std::move(lines.lines));
    Results results(api, token_columns);
    const std::optional<ExitCode> failed = ask_about(api, revoking, results, leaked);
    const ExitCode shown = results.show();
    if (failed || api.prints_curl()) return failed.value_or(shown);
    const ExitCode judged = judge(api, leaked, tally_of(leaked, results.items()));
    return shown == ExitCode::success ? judged : shown;
}

}  // namespace keyledger
