#pragma once
// Reads typed values out of a JSON tree; notes what is wrong where, and goes on.

#include "http/json_document.hpp"
#include "ledger/base/time.hpp"
#include "ledger/rules/address.hpp"
#include "ledger/rules/key_state.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// Where a value stands. The parent outlives it; the pointer is only written out for a fault.
class Place {
public:
    Place() = default;
    Place(const Place& parent, std::string_view name) : parent_(&parent), name_(name) {}
    Place(const Place& parent, std::size_t index) : parent_(&parent), index_(index) {}
    std::string pointer() const;

private:
    void append(std::string& pointer) const;

    const Place* parent_ = nullptr;
    std::string_view name_;
    std::optional<std::size_t> index_;
};

// A list of faults and how to add one at a place. Outlives the readers made with it.
class FaultNotes {
public:
    void add(const Place& place, FieldProblem problem, std::vector<std::string> arguments = {}) {
        if (!list.full()) list.add(place.pointer(), problem, std::move(arguments));
    }
    FaultList list;
};

// Nothing, and a fault, unless the value is such. `null` is not.
std::optional<bool> read_boolean(const JsonValue& value, const Place& place, FaultNotes& notes);
// Whole, however it is written (300, 300.0, 3e2).
std::optional<std::uint64_t> read_whole_number(const JsonValue& value, const Place& place,
                                               FaultNotes& notes, std::uint64_t least,
                                               std::uint64_t greatest);
enum class Controls : std::uint8_t { refused, line_breaks_and_tabs };
// A control character of ASCII or Latin-1 (U+0000 to U+001F, U+007F to U+009F) that `controls`
// refuses.
bool has_control_character(std::string_view text, Controls controls);
// Neither empty nor longer than that, and without control characters.
std::optional<std::string> read_text(const JsonValue& value, const Place& place, FaultNotes& notes,
                                     std::size_t bytes_max, Controls controls = Controls::refused);
// A string for which `fits` holds, or else the problem.
std::optional<std::string> read_shaped(const JsonValue& value, const Place& place,
                                       FaultNotes& notes, bool (*fits)(std::string_view),
                                       FieldProblem problem);
std::optional<Timestamp> read_time(const JsonValue& value, const Place& place, FaultNotes& notes);
std::optional<Duration> read_duration(const JsonValue& value, const Place& place, FaultNotes& notes,
                                      Duration least, Duration greatest);
// The place in `words` of the one that it is.
std::optional<std::size_t> read_word(const JsonValue& value, const Place& place, FaultNotes& notes,
                                     std::initializer_list<std::string_view> words);
// The items of an array of that length; null and a fault for anything else.
const std::vector<JsonValue>* read_array(const JsonValue& value, const Place& place,
                                         FaultNotes& notes, std::size_t least,
                                         std::size_t greatest);

std::optional<RateLimit> read_rate_limit(const JsonValue& value, const Place& place,
                                         FaultNotes& notes);
std::optional<QuotaLimit> read_quota(const JsonValue& value, const Place& place, FaultNotes& notes);
std::optional<Resource> read_resource(const JsonValue& value, const Place& place,
                                      FaultNotes& notes);
std::vector<std::string> read_scopes(const JsonValue& value, const Place& place, FaultNotes& notes);
std::vector<AddressRange> read_ranges(const JsonValue& value, const Place& place,
                                      FaultNotes& notes);

// The members of an object. A value that is none is one fault, and then no member is there or
// missed; a member whose name is not in `known` is a fault each.
class Members {
public:
    Members(const JsonValue& value, const Place& place, FaultNotes& notes,
            std::initializer_list<std::string_view> known);

    // Null if it is missing or null, which is the same but in a patch.
    const JsonValue* optional(std::string_view name) const;
    // Null if it is missing; a null is a value like any other.
    const JsonValue* given(std::string_view name) const;
    // Null and a fault if it is missing.
    const JsonValue* required(std::string_view name) const;
    Place at(std::string_view name) const { return {place_, name}; }

private:
    const JsonValue* object_;  // null if the value is none
    const Place& place_;
    FaultNotes& notes_;
};

// `reason` and `force`, which any body may have.
struct Remarks;
void read_remarks(const Members& members, FaultNotes& notes, Remarks& remarks);

// Parses the body and lets `read(json, notes, value)` fill in a value: that value, or all the
// faults.
template <class T, class Read>
Parsed<T> read_body(std::string_view body, Read read) {
    FaultNotes notes;
    T value{};
    if (const std::optional<JsonValue> json = parse_json(body, notes.list))
        read(*json, notes, value);
    if (!notes.list.empty()) return std::move(notes.list);
    return value;
}

}  // namespace keyledger
