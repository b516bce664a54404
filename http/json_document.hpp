#pragma once
// A JSON text (RFC 8259) as a tree that says what was sent: members in their order, numbers as they
// were written. The one user of Boost.JSON.

#include "http/field_fault.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::size_t json_depth_max = 32;
inline constexpr std::size_t json_values_max = 500'000;  // a body of tiny values takes much memory

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonValue {
    JsonKind kind = JsonKind::null;
    bool truth = false;            // of a boolean
    std::string text;              // of a string, without escapes; of a number, as it was written
    std::string name;              // of a member of an object
    std::vector<JsonValue> items;  // of an array or an object

    // The member of that name, or null.
    const JsonValue* find(std::string_view member) const;
    friend bool operator==(const JsonValue&, const JsonValue&) = default;
};

// One JSON value and nothing after it. A text that is no JSON, not UTF-8, too deep or too full is
// one fault and no value. Two members of one name are a fault each, and the value is there all the
// same, so that its other faults can be found too.
std::optional<JsonValue> parse_json(std::string_view text, FaultList& faults);

// Appends it without white space. Numbers stay as they were written.
void append_json(std::string& out, const JsonValue& value);
std::string to_json(const JsonValue& value);

// RFC 7396: what `patch` leaves of `target`. The names in each must be unique.
void merge_patch(JsonValue& target, const JsonValue& patch);

// A name as a part of an RFC 6901 pointer.
void append_pointer(std::string& pointer, std::string_view name);

}  // namespace keyledger
