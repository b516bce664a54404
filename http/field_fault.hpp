#pragma once
// What is wrong with the fields of a request: a list of places, each with a problem that http/text
// puts into words.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace keyledger {

inline constexpr std::size_t faults_max = 50;  // more are not listed

// In braces: what the arguments are. Each has a text in each language (http/text); a switch over it
// has no default, so that a new one can't be forgotten there.
enum class FieldProblem : std::uint8_t {
    // The body as a whole.
    empty_body,
    malformed_json,  // {how many bytes of it could be read}
    not_utf8,
    too_deep,         // {levels at most}
    too_many_values,  // {how many at most}
    duplicate_member,
    // Any field.
    unknown_field,
    missing_field,
    cannot_be_null,
    cannot_be_changed,
    not_an_object,
    not_an_array,
    not_a_string,
    not_a_boolean,
    not_a_whole_number,
    out_of_range,   // {least, greatest}
    neither_field,  // {names}: one of them is needed
    both_fields,    // {names}: only one of them is allowed
    // Text and lists.
    empty_text,
    too_long,  // {bytes at most}
    control_character,
    empty_list,
    too_many_items,  // {how many at most}
    duplicate_item,
    too_large,              // {bytes at most}: JSON that is kept as text
    too_many_placeholders,  // {how many at most}
    // Text with a shape.
    not_a_slug,
    not_a_tag,
    not_a_name,
    not_a_scope,
    not_a_time,
    time_in_past,
    not_a_duration,
    duration_out_of_range,  // {least, greatest}
    not_whole_seconds,
    not_an_address_range,
    not_a_key_id,
    not_a_digest,
    not_a_json_type,  // a media type whose body is JSON
    not_a_code_or_status,
    not_one_of,  // {what is allowed}
    // Query parameters and headers.
    unknown_parameter,
    repeated_parameter,
    malformed_escape,
    not_a_moment,  // neither a seq nor a time
    malformed_header,
    not_a_revision,
    repeated_header,
    credentials_differ,
};
inline constexpr std::size_t field_problems_count =
    static_cast<std::size_t>(FieldProblem::credentials_differ) + 1;

enum class FaultPlace : std::uint8_t { body, query, header };

struct FieldFault {
    std::string pointer;  // RFC 6901 in the body; elsewhere the name of the parameter or header
    FieldProblem problem = FieldProblem::malformed_json;
    std::vector<std::string> arguments;
    FaultPlace place = FaultPlace::body;
    friend bool operator==(const FieldFault&, const FieldFault&) = default;
};

// Faults as they are found, `faults_max` at most.
class FaultList {
public:
    void add(std::string pointer, FieldProblem problem, std::vector<std::string> arguments = {},
             FaultPlace place = FaultPlace::body) {
        if (full()) return;
        faults_.push_back({std::move(pointer), problem, std::move(arguments), place});
    }
    bool full() const { return faults_.size() >= faults_max; }
    bool empty() const { return faults_.empty(); }
    const std::vector<FieldFault>& all() const { return faults_; }
    std::vector<FieldFault> take() { return std::move(faults_); }

private:
    std::vector<FieldFault> faults_;
};

// What was read, or all that is wrong with it.
template <class T>
class [[nodiscard]] Parsed {
public:
    Parsed(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    Parsed(FaultList faults) : held_(std::in_place_index<1>, faults.take()) {
        assert(!this->faults().empty());
    }

    explicit operator bool() const { return held_.index() == 0; }
    T& operator*() { return *std::get_if<0>(&held_); }
    const T& operator*() const { return *std::get_if<0>(&held_); }
    T* operator->() { return &**this; }
    const T* operator->() const { return &**this; }
    // Only where there is no value.
    const std::vector<FieldFault>& faults() const { return *std::get_if<1>(&held_); }

private:
    std::variant<T, std::vector<FieldFault>> held_;
};

}  // namespace keyledger
