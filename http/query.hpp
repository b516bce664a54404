#pragma once
// What stands in a request's target: path segments and query parameters, decoded once.

#include "http/field_fault.hpp"
#include "ledger/base/time.hpp"
#include "ledger/rules/key_state.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace keyledger {

// A path segment without its percent-encoding; `+` stays. Nothing if an escape is malformed, or if
// what comes out is not UTF-8 or holds a NUL.
std::optional<std::string> decoded_segment(std::string_view segment);

// A seq, or a time.
using Moment = std::variant<std::uint64_t, Timestamp>;

// Digits are a seq; else RFC 3339, or a duration before `now` ("-24h") or after it ("+7d").
std::optional<Moment> parse_moment(std::string_view text, Timestamp now);

// The parameters of a query, read by name and type. A name that is not `known`, one that is there
// twice and a value that is not of its type are a fault each; a reader then has nothing, as for a
// name that is not there. Ask `faults` when all is read.
class QueryReader {
public:
    // `query` is what stands behind '?'; `known` are literals.
    QueryReader(std::string_view query, std::initializer_list<std::string_view> known);

    bool has(std::string_view name) const { return find(name) != nullptr; }
    std::optional<std::string> text(std::string_view name, std::size_t bytes_max);
    std::optional<std::uint64_t> whole_number(std::string_view name, std::uint64_t least,
                                              std::uint64_t greatest);
    // "true" or "false"; the name alone is true.
    std::optional<bool> boolean(std::string_view name);
    // RFC 3339, or a duration before `now` ("-24h") or after it ("+7d").
    std::optional<Timestamp> time(std::string_view name, Timestamp now);
    // Digits are a seq; else a time.
    std::optional<Moment> moment(std::string_view name, Timestamp now);
    // The place in `words` of the one that it is.
    std::optional<std::size_t> word(std::string_view name,
                                    std::initializer_list<std::string_view> words);

    // "kind/id".
    std::optional<Resource> resource(std::string_view name);
    // Comma-separated; empty if there are none.
    std::vector<std::string> scopes(std::string_view name);

    // All that could be decoded, in the order of the request.
    const std::vector<std::pair<std::string, std::string>>& parameters() const {
        return parameters_;
    }

    // For what a handler itself finds wrong.
    void add_fault(std::string_view name, FieldProblem problem,
                   std::vector<std::string> arguments = {});
    const std::vector<FieldFault>& faults() const { return faults_.all(); }

private:
    const std::string* find(std::string_view name) const;

    std::vector<std::pair<std::string, std::string>> parameters_;
    FaultList faults_;
};

}  // namespace keyledger
