#pragma once
// How a denial looks to a workspace's clients: the body that its document describes, made ready
// once so that an answer is a few pieces put together.

#include "ledger/rules/outcome.hpp"
#include "ledger/rules/workspace.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

struct JsonValue;

inline constexpr std::size_t placeholders_max = 32;  // in one template: each can become a long text

// How many placeholders ({status}, {message}, {code}, {name}, {requestId}) stand in the template's
// strings.
std::size_t count_placeholders(const JsonValue& body);

// A value: lives with the workspace that it was made of, and may be read on any thread.
//
// Placeholders are filled in once, in the strings of the parsed template (not in member names),
// which is then written as JSON: no text can break out of its string, and no text that was put in
// is looked at again. "{status}" alone is a number. Messages and names are looked up by code, then
// by status, then in the workspace's locale. Without a dialect (or with one that is no JSON) the
// body is RFC 9457.
class CompiledDialect {
public:
    explicit CompiledDialect(const WorkspaceDocument& document);

    // Lasts as long as this.
    std::string_view content_type() const { return content_type_; }
    // Appends the body of a denial; `outcome` is not `valid`.
    void append_body(std::string& out, Outcome outcome, std::string_view request_id) const;

private:
    std::string content_type_;
    // By outcome; the request id stands between one piece and the next.
    std::array<std::vector<std::string>, outcomes_count> pieces_;
};

}  // namespace keyledger
