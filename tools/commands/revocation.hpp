#pragma once
// What `keys revoke` and `tokens revoke` share: whom they end, whether they may, what came of it.

#include "tools/commands/api.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace keyledger {

struct ListedLine {
    std::size_t number;  // in its file, from 1 on
    std::string text;
};

struct ListedLines {
    std::vector<ListedLine> lines;
    std::string problem;  // why the file can't be read; empty if it can
};

// The lines of a file ("-" is standard input) without white space around them; those that are then
// empty are left out.
ListedLines read_lines(const std::string& file);

// "1 key", "2 keys".
std::string counted(std::size_t count, const char* one, const char* many);

// Asks where nobody said --yes. Nothing if it may go on; else what the program ends with.
std::optional<ExitCode> refused_by_person(Api& api, const std::string& what);

// A POST, the `part`th call of its command, from 0 on: each has an Idempotency-Key of its own.
HttpCall part_of(const Api& api, std::size_t part, std::string target, std::string body);

// What all calls of a command brought, shown at their end or when one fails. `api` and `columns`
// outlive it.
class Results {
public:
    Results(Api& api, std::span<const Column> columns) : api_(api), columns_(columns) {
        items_.kind = JsonKind::array;
    }

    // Make the call, or print it for --curl. Return something where it must not go on: also where
    // the answer does not say what a revocation's says, since nobody knows then what was ended.
    std::optional<ExitCode> take_key(const HttpCall& call);
    // Each item has that member, and there are so many of them, if that is known before.
    std::optional<ExitCode> take_items(const HttpCall& call, std::string_view member,
                                       std::optional<std::size_t> count = std::nullopt);
    // What the places of faults are called from here on; empty: as their flags.
    void name_places(PlaceNames names) { names_ = std::move(names); }

    // The items of all answers so far, in their order.
    const std::vector<JsonValue>& items() const { return items_.items; }

    // Nothing for --curl. What was done before a call failed is shown all the same.
    ExitCode show() const;
    // And, on a terminal, how many they are.
    ExitCode end(const std::string& what) const;

private:
    // The answer's document; else what take_* return, unless this is --curl.
    std::optional<JsonValue> ask(const HttpCall& call, Promised promised,
                                 std::optional<ExitCode>& failed);
    JsonValue with_usage(JsonValue item);
    std::string table() const;

    Api& api_;
    std::span<const Column> columns_;
    PlaceNames names_;
    JsonValue items_;
    std::size_t usage_asked_ = 0;
};

}  // namespace keyledger
