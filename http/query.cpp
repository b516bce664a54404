#include "http/query.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/rules/identifiers.hpp"
#include "ledger/rules/scope.hpp"

#include <algorithm>
#include <charconv>

namespace keyledger {
namespace {

enum class Plus : std::uint8_t { stays, is_a_blank };

int hex_digit(char character) {
    if (character >= '0' && character <= '9') return character - '0';
    if (character >= 'a' && character <= 'f') return character - 'a' + 10;
    if (character >= 'A' && character <= 'F') return character - 'A' + 10;
    return -1;
}

std::optional<std::string> decoded(std::string_view text, Plus plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char character = text[i];
        if (character == '%') {
            const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) return std::nullopt;
            character = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (character == '+' && plus == Plus::is_a_blank) {
            character = ' ';
        }
        if (character == '\0') return std::nullopt;
        out.push_back(character);
    }
    if (!is_utf8(out)) return std::nullopt;
    return out;
}

std::optional<std::uint64_t> parse_digits(std::string_view text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
}

// A '+' that was not escaped has become a blank, which can mean nothing else here.
std::optional<Timestamp> parse_time(std::string_view text, Timestamp now) {
    if (text.empty()) return std::nullopt;
    const bool before = text.front() == '-';
    const bool after = text.front() == '+' || text.front() == ' ';
    if (!before && !after) return parse_rfc3339(text);
    const std::optional<Duration> distance = parse_duration(text.substr(1));
    if (!distance) return std::nullopt;
    return before ? now - *distance : now + *distance;
}

}  // namespace

std::optional<std::string> decoded_segment(std::string_view segment) {
    return decoded(segment, Plus::stays);
}

std::optional<Moment> parse_moment(std::string_view text, Timestamp now) {
    if (const std::optional<std::uint64_t> seq = parse_digits(text)) return Moment(*seq);
    if (const std::optional<Timestamp> time = parse_time(text, now)) return Moment(*time);
    return std::nullopt;
}

QueryReader::QueryReader(std::string_view query, std::initializer_list<std::string_view> known) {
    while (!query.empty() && !faults_.full()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view raw_value = pair.substr(std::min(equals + 1, pair.size()));
        const std::optional<std::string> name = decoded(pair.substr(0, equals), Plus::is_a_blank);
        std::optional<std::string> value = decoded(raw_value, Plus::is_a_blank);
        if (!name) {
            add_fault("", FieldProblem::malformed_escape);
        } else if (std::ranges::find(known, std::string_view(*name)) == known.end()) {
            add_fault(*name, FieldProblem::unknown_parameter);
        } else if (find(*name)) {
            add_fault(*name, FieldProblem::repeated_parameter);
        } else if (!value) {
            add_fault(*name, FieldProblem::malformed_escape);
        } else {
            parameters_.emplace_back(*name, *std::move(value));
        }
    }
}

const std::string* QueryReader::find(std::string_view name) const {
    const auto found = std::ranges::find_if(
        parameters_, [&](const auto& parameter) { return parameter.first == name; });
    return found == parameters_.end() ? nullptr : &found->second;
}

std::optional<std::string> QueryReader::text(std::string_view name, std::size_t bytes_max) {
    const std::string* value = find(name);
    if (!value) return std::nullopt;
    if (value->empty())
        add_fault(name, FieldProblem::empty_text);
    else if (value->size() > bytes_max) {
        add_fault(name, FieldProblem::too_long, {std::to_string(bytes_max)});
    } else {
        return *value;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> QueryReader::whole_number(std::string_view name, std::uint64_t least,
                                                       std::uint64_t greatest) {
    const std::string* value = find(name);
    if (!value) return std::nullopt;
    const bool digits =
        !value->empty() && value->find_first_not_of("0123456789") == std::string::npos;
    const std::optional<std::uint64_t> number = parse_digits(*value);
    if (!digits)
        add_fault(name, FieldProblem::not_a_whole_number);
    else if (!number || *number < least || *number > greatest) {
        add_fault(name, FieldProblem::out_of_range,
                  {std::to_string(least), std::to_string(greatest)});
    } else {
        return number;
    }
    return std::nullopt;
}

std::optional<bool> QueryReader::boolean(std::string_view name) {
    const std::string* value = find(name);
    if (!value) return std::nullopt;
    if (value->empty() || *value == "true") return true;
    if (*value == "false") return false;
    add_fault(name, FieldProblem::not_a_boolean);
    return std::nullopt;
}

std::optional<Timestamp> QueryReader::time(std::string_view name, Timestamp now) {
    const std::string* value = find(name);
    if (!value) return std::nullopt;
    const std::optional<Timestamp> time = parse_time(*value, now);
    if (!time) add_fault(name, FieldProblem::not_a_time);
    return time;
}

std::optional<Moment> QueryReader::moment(std::string_view name, Timestamp now) {
    const std::string* value = find(name);
    if (!value) return std::nullopt;
    const std::optional<Moment> moment = parse_moment(*value, now);
    if (!moment) add_fault(name, FieldProblem::not_a_moment);
    return moment;
}

std::optional<std::size_t> QueryReader::word(std::string_view name,
                                             std::initializer_list<std::string_view> words) {
    const std::string* value = find(name);
    if (!value) return std::nullopt;
    const auto* found = std::ranges::find(words, std::string_view(*value));
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    std::string allowed;
    for (const std::string_view one : words) {
        if (!allowed.empty()) allowed += ", ";
        allowed += one;
    }
    add_fault(name, FieldProblem::not_one_of, {std::move(allowed)});
    return std::nullopt;
}

std::optional<Resource> QueryReader::resource(std::string_view name) {
    const std::string* value = find(name);
    if (!value) return std::nullopt;
    const std::size_t slash = value->find('/');
    const bool is_whole =
        slash != std::string::npos && is_name(value->substr(0, slash)) && slash + 1 < value->size();
    if (!is_whole) {
        add_fault(name, FieldProblem::not_one_of, {"kind/id"});
        return std::nullopt;
    }
    return Resource{.kind = value->substr(0, slash), .id = value->substr(slash + 1)};
}

std::vector<std::string> QueryReader::scopes(std::string_view name) {
    std::vector<std::string> scopes;
    const std::string* value = find(name);
    if (!value) return scopes;
    for (std::size_t first = 0; first <= value->size();) {
        const std::size_t end = std::min(value->find(',', first), value->size());
        scopes.push_back(value->substr(first, end - first));
        first = end + 1;
    }
    if (scopes.size() > scopes_per_key_max) {
        add_fault(name, FieldProblem::too_many_items, {std::to_string(scopes_per_key_max)});
    } else if (!std::ranges::all_of(scopes, is_scope)) {
        add_fault(name, FieldProblem::not_a_scope);
    }
    return scopes;
}

void QueryReader::add_fault(std::string_view name, FieldProblem problem,
                            std::vector<std::string> arguments) {
    faults_.add(std::string(name), problem, std::move(arguments), FaultPlace::query);
}

}  // namespace keyledger
