#include "http/data/verify_body.hpp"

#include "http/admin/bodies.hpp"
#include "http/admin/field_reader.hpp"
#include "http/message.hpp"
#include "ledger/base/bytes.hpp"
#include "ledger/rules/identifiers.hpp"
#include "ledger/rules/scope.hpp"
#include "ledger/rules/secret.hpp"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

namespace keyledger {
namespace {

namespace ondemand = simdjson::ondemand;
static_assert(body_slack >= simdjson::SIMDJSON_PADDING);

enum Field : unsigned {
    token_field,
    workspace_field,
    environment_field,
    scopes_field,
    resource_field,
    ip_field,
    cost_field,
    durable_field,
    fields_count
};

constexpr std::array<std::string_view, fields_count> field_names{
    "token", "workspace", "environment", "scopes", "resource", "ip", "cost", "durable"};

unsigned field_of(std::string_view name) {
    for (unsigned i = 0; i < fields_count; ++i) {
        if (field_names[i] == name) return i;
    }
    return fields_count;
}

bool read(ondemand::value value, std::string_view& out, bool (*fits)(std::string_view)) {
    return value.get_string().get(out) == simdjson::SUCCESS && fits(out);
}

// Any text: one that is no token is `malformed`, which is an answer.
bool is_credential(std::string_view) {
    return true;
}
bool is_resource_id(std::string_view text) {
    return !text.empty() && text.size() <= resource_id_bytes_max &&
           !has_control_character(text, Controls::refused);
}

bool read_scope_list(ondemand::value value, VerifyBody& out) {
    thread_local std::array<std::string_view, scopes_per_key_max> scopes;
    std::size_t count = 0;
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return false;
    for (auto item : array) {
        ondemand::value scope;
        if (item.get(scope) != simdjson::SUCCESS || count == scopes.size()) return false;
        if (!read(scope, scopes[count++], is_scope)) return false;
    }
    out.scopes = std::span(scopes).first(count);
    return true;
}

bool read_bound(ondemand::value value, VerifyBody& out) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return false;
    ResourceView resource;
    for (auto member : object) {
        std::string_view name;
        ondemand::value text;
        if (member.unescaped_key().get(name) != simdjson::SUCCESS) return false;
        if (member.value().get(text) != simdjson::SUCCESS) return false;
        if (name == "kind" && resource.kind.empty()) {
            if (!read(text, resource.kind, is_name)) return false;
        } else if (name == "id" && resource.id.empty()) {
            if (!read(text, resource.id, is_resource_id)) return false;
        } else {
            return false;
        }
    }
    if (resource.kind.empty() || resource.id.empty()) return false;
    out.resource = resource;
    return true;
}

bool read_cost(ondemand::value value, VerifyBody& out) {
    return value.get_uint64().get(out.cost) == simdjson::SUCCESS && out.cost <= cost_max;
}

bool read_field(unsigned field, ondemand::value value, VerifyBody& out) {
    std::string_view text;
    switch (field) {
        case token_field:
            return read(value, out.token, is_credential);
        case workspace_field:
            if (!read(value, text, is_slug)) return false;
            out.workspace = text;
            return true;
        case environment_field:
            if (!read(value, text, is_name)) return false;
            out.environment = text;
            return true;
        case scopes_field:
            return read_scope_list(value, out);
        case resource_field:
            return read_bound(value, out);
        case ip_field:
            if (value.get_string().get(text) != simdjson::SUCCESS) return false;
            out.address = parse_address(text);
            return out.address.has_value();
        case cost_field:
            return read_cost(value, out);
        case durable_field:
            return value.get_bool().get(out.durable) == simdjson::SUCCESS;
        default:
            return false;
    }
}

// The code unit of a \uXXXX at the start of the text, if one stands there whole.
std::optional<unsigned> escaped_unit(std::string_view text) {
    if (!text.starts_with("\\u") || text.size() < 6) return std::nullopt;
    unsigned unit = 0;
    const char* end = text.data() + 6;
    if (std::from_chars(text.data() + 2, end, unit, 16).ptr != end) return std::nullopt;
    return unit;
}

bool is_high_surrogate(unsigned unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low_surrogate(unsigned unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

// Whether each escaped surrogate is half of a pair. simdjson 3.0 takes others too, and makes other
// text of them.
bool has_only_paired_surrogates(std::string_view body) {
    std::size_t at = 0;
    while ((at = body.find('\\', at)) != std::string_view::npos) {
        const std::optional<unsigned> unit = escaped_unit(body.substr(at));
        if (unit && is_low_surrogate(*unit)) return false;
        if (unit && is_high_surrogate(*unit)) {
            const std::optional<unsigned> second = escaped_unit(body.substr(at + 6));
            if (!second || !is_low_surrogate(*second)) return false;
            at += 6;
        }
        at += unit ? 6 : 2;
    }
    return true;
}

// The fields that may be null when they are not wanted.
bool may_be_null(unsigned field) {
    return field != token_field && field < fields_count;
}

}  // namespace

bool parse_verify_body(std::string_view body, VerifyBody& out) {
    thread_local ondemand::parser parser;
    // simdjson checks the structure's UTF-8, but not that of a string that nobody reads.
    if (!is_utf8(body) || !has_only_paired_surrogates(body)) return false;
    ondemand::document document;
    if (parser.iterate(body.data(), body.size(), body.size() + body_slack).get(document) !=
        simdjson::SUCCESS) {
        return false;
    }
    ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    unsigned seen = 0;
    for (auto member : object) {
        std::string_view name;
        ondemand::value value;
        if (member.unescaped_key().get(name) != simdjson::SUCCESS) return false;
        if (member.value().get(value) != simdjson::SUCCESS) return false;
        const unsigned field = field_of(name);
        if (field == fields_count || (seen & (1U << field))) return false;
        seen |= 1U << field;
        if (may_be_null(field)) {
            bool null = false;
            if (value.is_null().get(null) != simdjson::SUCCESS) return false;
            if (null) continue;
        }
        if (!read_field(field, value, out)) return false;
    }
    // On-demand parsing does not look behind the object by itself.
    const char* behind = nullptr;
    const bool at_end = document.current_location().get(behind) == simdjson::OUT_OF_BOUNDS;
    return at_end && (seen & (1U << token_field));
}

std::vector<FieldFault> explain_verify_body(std::string_view body) {
    const auto parsed = read_body<bool>(body, [](const JsonValue& json, FaultNotes& notes, bool&) {
        const Place root;
        const Members members(
            json, root, notes,
            {"token", "workspace", "environment", "scopes", "resource", "ip", "cost", "durable"});
        if (const JsonValue* token = members.required("token")) {
            read_shaped(*token, members.at("token"), notes, is_credential,
                        FieldProblem::empty_text);
        }
        if (const JsonValue* workspace = members.optional("workspace")) {
            read_shaped(*workspace, members.at("workspace"), notes, is_slug,
                        FieldProblem::not_a_slug);
        }
        if (const JsonValue* environment = members.optional("environment")) {
            read_shaped(*environment, members.at("environment"), notes, is_name,
                        FieldProblem::not_a_name);
        }
        if (const JsonValue* scopes = members.optional("scopes")) {
            read_scopes(*scopes, members.at("scopes"), notes);
        }
        if (const JsonValue* resource = members.optional("resource")) {
            read_resource(*resource, members.at("resource"), notes);
        }
        if (const JsonValue* ip = members.optional("ip")) {
            read_shaped(
                *ip, members.at("ip"), notes,
                [](std::string_view text) { return parse_address(text).has_value(); },
                FieldProblem::not_an_address_range);
        }
        if (const JsonValue* cost = members.optional("cost")) {
            // Written as digits alone, which is all that the quick reader takes.
            const bool digits = cost->text.find_first_not_of("0123456789") == std::string::npos;
            if (cost->kind == JsonKind::number && !digits) {
                notes.add(members.at("cost"), FieldProblem::not_a_whole_number);
            } else {
                read_whole_number(*cost, members.at("cost"), notes, 0, cost_max);
            }
        }
        if (const JsonValue* durable = members.optional("durable")) {
            read_boolean(*durable, members.at("durable"), notes);
        }
    });
    if (!parsed) return parsed.faults();
    return {};
}

}  // namespace keyledger
