#pragma once
// JSON that is put together, and members of it that are read.

#include "http/json_document.hpp"
#include "ledger/base/time.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

JsonValue json_text(std::string text);
JsonValue json_text_or_null(const std::string& text);  // an empty one is null
JsonValue json_number(std::uint64_t number);
JsonValue json_number(std::string digits);  // as it is to be written
JsonValue json_truth(bool truth);
JsonValue json_time(const std::optional<Timestamp>& time);  // nothing is null
JsonValue json_array(const std::vector<std::string>& texts);
JsonValue json_object();

// Puts a member at the end; there must be none of its name.
void add_member(JsonValue& object, std::string_view name, JsonValue value);
// The members of these names as they stand in `from`, null where it has none.
void copy_members(JsonValue& to, const JsonValue& from,
                  std::initializer_list<std::string_view> names);

// What a member says, or nothing where it is not there or of another kind.
std::string text_at(const JsonValue& value, std::string_view name);  // nothing is empty
std::optional<std::uint64_t> number_at(const JsonValue& value, std::string_view name);
std::optional<Timestamp> time_at(const JsonValue& value, std::string_view name);
const std::vector<JsonValue>& items_at(const JsonValue& value, std::string_view name);

}  // namespace keyledger
