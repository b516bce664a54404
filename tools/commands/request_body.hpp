#pragma once
// The body of a request, put together from a command's flags. A flag that is not given adds
// nothing; one that is given empty adds null.

#include "http/json_document.hpp"
#include "tools/command_line.hpp"
#include "tools/json_build.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyledger {

// "a, b" -> a, b. Nothing of an empty text.
std::vector<std::string> listed(std::string_view text);
// RFC 3339 for "+30d" and "-1h"; any other text as it is, for the server to judge.
std::string absolute_time(const std::string& text);

// `line` outlives it.
class RequestBody {
public:
    explicit RequestBody(const CommandLine& line);

    // The members of the document in --file ("-" is standard input), if it is given. Flags that are
    // read after it take their places.
    void start_from_file();

    void text(const std::string& flag, std::string_view member);
    void words(const std::string& flag, std::string_view member);  // a list
    void number(const std::string& flag, std::string_view member);
    void json(const std::string& flag, std::string_view member);
    void time(const std::string& flag, std::string_view member);
    void limit(const std::string& flag, std::string_view member);     // N[/WINDOW]
    void resource(const std::string& flag, std::string_view member);  // KIND/ID
    void truth(const std::string& flag, std::string_view member);     // of a switch
    void remarks();  // --reason and --force, where the command has them

    void set(std::string_view member, JsonValue value);
    bool is_empty() const { return value_.items.empty(); }

    // What is wrong with a flag, without its newline; empty if nothing is.
    const std::string& problem() const { return problem_; }
    std::string text() const { return to_json(value_); }

private:
    // The flag's value; an empty one is taken care of.
    std::optional<std::string> given(const std::string& flag, std::string_view member);
    std::optional<JsonValue> parsed(const std::string& place, const std::string& text);
    void refuse(const std::string& place, const std::string& what);

    const CommandLine& line_;
    JsonValue value_;
    std::string problem_;
};

}  // namespace keyledger
