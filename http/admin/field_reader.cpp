#include "http/admin/field_reader.hpp"

#include "http/admin/bodies.hpp"
#include "ledger/rules/identifiers.hpp"
#include "ledger/rules/scope.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace keyledger {
namespace {

// What the number is, if it is whole and fits. Beyond 2^53 only plain digits are exact.
std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto plain = std::from_chars(text.data(), end, number);
    if (plain.ec == std::errc() && plain.ptr == end) return number;
    constexpr double exact_max = 9007199254740992.0;
    double real = 0;
    const auto read = std::from_chars(text.data(), end, real);
    if (read.ec != std::errc() || read.ptr != end || std::trunc(real) != real) return std::nullopt;
    if (real < 0 || real > exact_max) return std::nullopt;
    return static_cast<std::uint64_t>(real);
}

// Whole, but too great or below zero: what is wrong then is its range.
bool is_whole(std::string_view text) {
    return text.find_first_of(".eE") == std::string_view::npos || whole_number(text).has_value();
}

// A window is counted, and told to clients, in whole seconds.
std::optional<Duration> read_window(const JsonValue& value, const Place& place, FaultNotes& notes) {
    const auto window = read_duration(value, place, notes, window_min, window_max);
    if (!window || *window % std::chrono::seconds(1) == Duration::zero()) return window;
    notes.add(place, FieldProblem::not_whole_seconds);
    return std::nullopt;
}

}  // namespace

std::string Place::pointer() const {
    std::string pointer;
    append(pointer);
    return pointer;
}

void Place::append(std::string& pointer) const {
    if (!parent_) return;
    parent_->append(pointer);
    append_pointer(pointer, index_ ? std::to_string(*index_) : name_);
}

std::optional<bool> read_boolean(const JsonValue& value, const Place& place, FaultNotes& notes) {
    if (value.kind == JsonKind::boolean) return value.truth;
    notes.add(place, FieldProblem::not_a_boolean);
    return std::nullopt;
}

std::optional<std::uint64_t> read_whole_number(const JsonValue& value, const Place& place,
                                               FaultNotes& notes, std::uint64_t least,
                                               std::uint64_t greatest) {
    if (value.kind != JsonKind::number || !is_whole(value.text)) {
        notes.add(place, FieldProblem::not_a_whole_number);
        return std::nullopt;
    }
    const std::optional<std::uint64_t> number = whole_number(value.text);
    if (number && *number >= least && *number <= greatest) return number;
    notes.add(place, FieldProblem::out_of_range, {std::to_string(least), std::to_string(greatest)});
    return std::nullopt;
}

bool has_control_character(std::string_view text, Controls controls) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == 0x7f) return true;
        if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
            return true;
        }
        if (byte >= 0x20) continue;
        const bool layout = byte == '\n' || byte == '\r' || byte == '\t';
        if (!layout || controls == Controls::refused) return true;
    }
    return false;
}

std::optional<std::string> read_text(const JsonValue& value, const Place& place, FaultNotes& notes,
                                     std::size_t bytes_max, Controls controls) {
    if (value.kind != JsonKind::string) {
        notes.add(place, FieldProblem::not_a_string);
    } else if (value.text.empty()) {
        notes.add(place, FieldProblem::empty_text);
    } else if (value.text.size() > bytes_max) {
        notes.add(place, FieldProblem::too_long, {std::to_string(bytes_max)});
    } else if (has_control_character(value.text, controls)) {
        notes.add(place, FieldProblem::control_character);
    } else {
        return value.text;
    }
    return std::nullopt;
}

std::optional<std::string> read_shaped(const JsonValue& value, const Place& place,
                                       FaultNotes& notes, bool (*fits)(std::string_view),
                                       FieldProblem problem) {
    if (value.kind != JsonKind::string) {
        notes.add(place, FieldProblem::not_a_string);
        return std::nullopt;
    }
    if (fits(value.text)) return value.text;
    notes.add(place, problem);
    return std::nullopt;
}

std::optional<Timestamp> read_time(const JsonValue& value, const Place& place, FaultNotes& notes) {
    if (value.kind != JsonKind::string) {
        notes.add(place, FieldProblem::not_a_string);
        return std::nullopt;
    }
    const std::optional<Timestamp> time = parse_rfc3339(value.text);
    if (!time) notes.add(place, FieldProblem::not_a_time);
    return time;
}

std::optional<Duration> read_duration(const JsonValue& value, const Place& place, FaultNotes& notes,
                                      Duration least, Duration greatest) {
    if (value.kind != JsonKind::string) {
        notes.add(place, FieldProblem::not_a_string);
        return std::nullopt;
    }
    const std::optional<Duration> duration = parse_duration(value.text);
    if (!duration) {
        notes.add(place, FieldProblem::not_a_duration);
        return std::nullopt;
    }
    if (*duration >= least && *duration <= greatest) return duration;
    notes.add(place, FieldProblem::duration_out_of_range, {to_text(least), to_text(greatest)});
    return std::nullopt;
}

std::optional<std::size_t> read_word(const JsonValue& value, const Place& place, FaultNotes& notes,
                                     std::initializer_list<std::string_view> words) {
    if (value.kind != JsonKind::string) {
        notes.add(place, FieldProblem::not_a_string);
        return std::nullopt;
    }
    const auto* found = std::ranges::find(words, std::string_view(value.text));
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    std::string allowed;
    for (const std::string_view word : words) {
        if (!allowed.empty()) allowed += ", ";
        allowed += word;
    }
    notes.add(place, FieldProblem::not_one_of, {std::move(allowed)});
    return std::nullopt;
}

const std::vector<JsonValue>* read_array(const JsonValue& value, const Place& place,
                                         FaultNotes& notes, std::size_t least,
                                         std::size_t greatest) {
    if (value.kind != JsonKind::array) {
        notes.add(place, FieldProblem::not_an_array);
    } else if (value.items.size() < least) {
        notes.add(place, FieldProblem::empty_list);
    } else if (value.items.size() > greatest) {
        notes.add(place, FieldProblem::too_many_items, {std::to_string(greatest)});
    } else {
        return &value.items;
    }
    return nullptr;
}

std::optional<RateLimit> read_rate_limit(const JsonValue& value, const Place& place,
                                         FaultNotes& notes) {
    const Members members(value, place, notes, {"limit", "window"});
    const JsonValue* limit = members.required("limit");
    const JsonValue* window = members.required("window");
    std::optional<std::uint64_t> checks;
    std::optional<Duration> length;
    if (limit) checks = read_whole_number(*limit, members.at("limit"), notes, 1, rate_limit_max);
    if (window) length = read_window(*window, members.at("window"), notes);
    if (!checks || !length) return std::nullopt;
    return RateLimit{static_cast<std::uint32_t>(*checks), *length};
}

std::optional<QuotaLimit> read_quota(const JsonValue& value, const Place& place,
                                     FaultNotes& notes) {
    const Members members(value, place, notes, {"limit", "window"});
    const JsonValue* limit = members.required("limit");
    const JsonValue* window = members.optional("window");
    std::optional<std::uint64_t> units;
    std::optional<Duration> length;
    if (limit) units = read_whole_number(*limit, members.at("limit"), notes, 0, quota_limit_max);
    if (window) length = read_window(*window, members.at("window"), notes);
    if (!units || (window && !length)) return std::nullopt;
    return QuotaLimit{*units, length};
}

std::optional<Resource> read_resource(const JsonValue& value, const Place& place,
                                      FaultNotes& notes) {
    const Members members(value, place, notes, {"kind", "id"});
    const JsonValue* kind = members.required("kind");
    const JsonValue* id = members.required("id");
    std::optional<std::string> kind_text, id_text;
    if (kind) {
        kind_text =
            read_shaped(*kind, members.at("kind"), notes, is_name, FieldProblem::not_a_name);
    }
    if (id) id_text = read_text(*id, members.at("id"), notes, resource_id_bytes_max);
    if (!kind_text || !id_text) return std::nullopt;
    return Resource{*std::move(kind_text), *std::move(id_text)};
}

std::vector<std::string> read_scopes(const JsonValue& value, const Place& place,
                                     FaultNotes& notes) {
    std::vector<std::string> scopes;
    const auto* items = read_array(value, place, notes, 0, scopes_per_key_max);
    if (!items) return scopes;
    for (std::size_t i = 0; i < items->size(); ++i) {
        auto scope =
            read_shaped((*items)[i], {place, i}, notes, is_scope, FieldProblem::not_a_scope);
        if (scope) scopes.push_back(*std::move(scope));
    }
    return scopes;
}

std::vector<AddressRange> read_ranges(const JsonValue& value, const Place& place,
                                      FaultNotes& notes) {
    std::vector<AddressRange> ranges;
    const auto* items = read_array(value, place, notes, 0, ranges_per_key_max);
    if (!items) return ranges;
    for (std::size_t i = 0; i < items->size(); ++i) {
        const JsonValue& item = (*items)[i];
        const Place here(place, i);
        if (item.kind != JsonKind::string) {
            notes.add(here, FieldProblem::not_a_string);
        } else if (const auto range = parse_range(item.text)) {
            ranges.push_back(*range);
        } else {
            notes.add(here, FieldProblem::not_an_address_range);
        }
    }
    return ranges;
}

Members::Members(const JsonValue& value, const Place& place, FaultNotes& notes,
                 std::initializer_list<std::string_view> known)
    : object_(value.kind == JsonKind::object ? &value : nullptr), place_(place), notes_(notes) {
    if (!object_) {
        notes.add(place, FieldProblem::not_an_object);
        return;
    }
    for (const JsonValue& member : value.items) {
        if (notes.list.full()) return;
        if (std::ranges::find(known, std::string_view(member.name)) == known.end()) {
            notes.add({place, member.name}, FieldProblem::unknown_field);
        }
    }
}

const JsonValue* Members::given(std::string_view name) const {
    return object_ ? object_->find(name) : nullptr;
}

const JsonValue* Members::optional(std::string_view name) const {
    const JsonValue* value = given(name);
    return value && value->kind != JsonKind::null ? value : nullptr;
}

const JsonValue* Members::required(std::string_view name) const {
    if (!object_) return nullptr;
    const JsonValue* value = object_->find(name);
    if (!value) notes_.add({place_, name}, FieldProblem::missing_field);
    return value;
}

void read_remarks(const Members& members, FaultNotes& notes, Remarks& remarks) {
    if (const JsonValue* reason = members.optional("reason")) {
        remarks.reason = read_text(*reason, members.at("reason"), notes, reason_bytes_max,
                                   Controls::line_breaks_and_tabs)
                             .value_or("");
    }
    if (const JsonValue* force = members.optional("force")) {
        remarks.force = read_boolean(*force, members.at("force"), notes).value_or(false);
    }
}

}  // namespace keyledger
