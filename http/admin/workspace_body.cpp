#include "http/admin/workspace_body.hpp"

#include "http/admin/field_reader.hpp"
#include "http/message.hpp"
#include "http/text/error_dialect.hpp"
#include "ledger/rules/identifiers.hpp"
#include "ledger/rules/outcome.hpp"
#include "ledger/rules/scope.hpp"
#include "projections/export/value_json.hpp"

#include <algorithm>
#include <set>

namespace keyledger {
namespace {

constexpr std::string_view slug_field = "slug";

std::optional<Environment> read_environment(const JsonValue& value, const Place& place,
                                            FaultNotes& notes) {
    const Members members(value, place, notes, {"name", "tag", "rateLimit"});
    Environment environment;
    if (const JsonValue* name = members.required("name")) {
        environment.name =
            read_shaped(*name, members.at("name"), notes, is_name, FieldProblem::not_a_name)
                .value_or("");
    }
    if (const JsonValue* tag = members.required("tag")) {
        environment.tag =
            read_shaped(*tag, members.at("tag"), notes, is_tag, FieldProblem::not_a_tag)
                .value_or("");
    }
    if (const JsonValue* rate_limit = members.optional("rateLimit")) {
        environment.rate_limit = read_rate_limit(*rate_limit, members.at("rateLimit"), notes);
    }
    return environment;
}

std::optional<ScopeEntry> read_scope_entry(const JsonValue& value, const Place& place,
                                           FaultNotes& notes) {
    const Members members(value, place, notes, {"name", "description"});
    ScopeEntry entry;
    if (const JsonValue* name = members.required("name")) {
        entry.name =
            read_shaped(*name, members.at("name"), notes, is_scope, FieldProblem::not_a_scope)
                .value_or("");
    }
    const JsonValue* description = members.optional("description");
    const bool says_nothing =
        description && description->kind == JsonKind::string && description->text.empty();
    if (description && !says_nothing) {
        entry.description =
            read_text(*description, members.at("description"), notes, scope_description_bytes_max)
                .value_or("");
    }
    return entry;
}

// An array of things whose names differ.
template <class T>
std::vector<T> read_named(const JsonValue& value, const Place& place, FaultNotes& notes,
                          std::size_t least, std::size_t greatest,
                          std::optional<T> (*read)(const JsonValue&, const Place&, FaultNotes&)) {
    std::vector<T> things;
    const auto* items = read_array(value, place, notes, least, greatest);
    if (!items) return things;
    std::set<std::string> names;
    for (std::size_t i = 0; i < items->size(); ++i) {
        const Place here(place, i);
        std::optional<T> thing = read((*items)[i], here, notes);
        if (!thing) continue;
        if (!thing->name.empty() && !names.insert(thing->name).second) {
            notes.add({here, "name"}, FieldProblem::duplicate_item);
        }
        things.push_back(*std::move(thing));
    }
    return things;
}

// A code that a denial can have, or the status of an error.
bool is_code_or_status(std::string_view text) {
    const bool status = text.size() == 3 && (text[0] == '4' || text[0] == '5') &&
                        text.find_first_not_of("0123456789") == std::string_view::npos;
    const std::optional<Outcome> outcome = parse_outcome(text);
    return status || (outcome && *outcome != Outcome::valid);
}

std::vector<std::pair<std::string, std::string>> read_dialect_texts(const JsonValue& value,
                                                                    const Place& place,
                                                                    FaultNotes& notes) {
    std::vector<std::pair<std::string, std::string>> texts;
    if (value.kind != JsonKind::object) {
        notes.add(place, FieldProblem::not_an_object);
    } else if (value.items.size() > dialect_texts_max) {
        notes.add(place, FieldProblem::too_many_items, {std::to_string(dialect_texts_max)});
    } else {
        for (const JsonValue& member : value.items) {
            const Place here(place, member.name);
            if (!is_code_or_status(member.name)) {
                notes.add(here, FieldProblem::not_a_code_or_status);
                continue;
            }
            auto text = read_text(member, here, notes, dialect_text_bytes_max,
                                  Controls::line_breaks_and_tabs);
            if (text) texts.emplace_back(member.name, *std::move(text));
        }
    }
    return texts;
}

std::string read_template(const JsonValue& value, const Place& place, FaultNotes& notes) {
    std::string text = to_json(value);
    if (text.size() > dialect_body_bytes_max) {
        notes.add(place, FieldProblem::too_large, {std::to_string(dialect_body_bytes_max)});
        return {};
    }
    if (count_placeholders(value) > placeholders_max) {
        notes.add(place, FieldProblem::too_many_placeholders, {std::to_string(placeholders_max)});
        return {};
    }
    return text;
}

ErrorDialect read_dialect(const JsonValue& value, const Place& place, FaultNotes& notes) {
    const Members members(value, place, notes, {"contentType", "body", "messages", "names"});
    ErrorDialect dialect{
        .content_type = "application/json", .body = {}, .messages = {}, .names = {}};
    if (const JsonValue* type = members.optional("contentType")) {
        dialect.content_type = read_shaped(*type, members.at("contentType"), notes, is_json_type,
                                           FieldProblem::not_a_json_type)
                                   .value_or("");
    }
    if (const JsonValue* body = members.required("body")) {
        dialect.body = read_template(*body, members.at("body"), notes);
    }
    if (const JsonValue* messages = members.optional("messages")) {
        dialect.messages = read_dialect_texts(*messages, members.at("messages"), notes);
    }
    if (const JsonValue* names = members.optional("names")) {
        dialect.names = read_dialect_texts(*names, members.at("names"), notes);
    }
    return dialect;
}

// What can be left out.
void read_options(const Members& members, FaultNotes& notes, WorkspaceDocument& document) {
    if (const JsonValue* scopes = members.optional("scopes")) {
        document.scopes =
            read_named(*scopes, members.at("scopes"), notes, 0, catalogue_max, read_scope_entry);
    }
    if (const JsonValue* empty = members.optional("emptyScopes")) {
        const auto word = read_word(*empty, members.at("emptyScopes"), notes, {"none", "all"});
        document.empty_scopes = word == 1 ? EmptyScopes::all : EmptyScopes::none;
    }
    if (const JsonValue* stale = members.optional("onStale")) {
        const auto word = read_word(*stale, members.at("onStale"), notes, {"deny", "serve"});
        document.on_stale = word == 1 ? OnStale::serve : OnStale::deny;
    }
    if (const JsonValue* locale = members.optional("locale")) {
        const auto word = read_word(*locale, members.at("locale"), notes, {"en", "es"});
        document.locale = word == 1 ? Locale::es : Locale::en;
    }
    if (const JsonValue* errors = members.optional("errors")) {
        document.errors = read_dialect(*errors, members.at("errors"), notes);
    }
}

void read_workspace(const JsonValue& json, FaultNotes& notes, WorkspaceBody& body) {
    const Place root;
    const Members members(json, root, notes,
                          {slug_field, "name", "prefix", "environments", "scopes", "emptyScopes",
                           "onStale", "locale", "errors", "reason", "force"});
    WorkspaceDocument& document = body.document;
    if (const JsonValue* slug = members.required(slug_field)) {
        document.slug =
            read_shaped(*slug, members.at(slug_field), notes, is_slug, FieldProblem::not_a_slug)
                .value_or("");
    }
    if (const JsonValue* name = members.required("name")) {
        document.name =
            read_text(*name, members.at("name"), notes, workspace_name_bytes_max).value_or("");
    }
    if (const JsonValue* prefix = members.required("prefix")) {
        document.prefix =
            read_shaped(*prefix, members.at("prefix"), notes, is_tag, FieldProblem::not_a_tag)
                .value_or("");
    }
    if (const JsonValue* environments = members.required("environments")) {
        document.environments = read_named(*environments, members.at("environments"), notes, 1,
                                           environments_max, read_environment);
    }
    read_options(members, notes, document);
    read_remarks(members, notes, body.remarks);
}

std::string text_of(const WorkspaceDocument& document) {
    std::string text;
    JsonWriter writer(text);
    writer.begin_object();
    write_workspace_members(writer, document);
    writer.end_object();
    return text;
}

bool is_token(std::string_view text) {
    const auto fits = [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        return letter || digit ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    };
    return !text.empty() && std::ranges::all_of(text, fits);
}

}  // namespace

Parsed<WorkspaceBody> parse_workspace(std::string_view body) {
    return read_body<WorkspaceBody>(body, read_workspace);
}

Parsed<WorkspaceBody> parse_workspace_patch(std::string_view body,
                                            const WorkspaceDocument& current) {
    return read_body<WorkspaceBody>(
        body, [&](const JsonValue& patch, FaultNotes& notes, WorkspaceBody& into) {
            if (!notes.list.empty()) return;  // what names a member twice can't be merged
            const Place root;
            if (patch.kind != JsonKind::object) {
                notes.add(root, FieldProblem::not_an_object);
                return;
            }
            const JsonValue* slug = patch.find(slug_field);
            if (slug && (slug->kind != JsonKind::string || slug->text != current.slug)) {
                notes.add({root, slug_field}, FieldProblem::cannot_be_changed);
                return;
            }
            std::optional<JsonValue> document = parse_json(text_of(current), notes.list);
            if (!document) return;
            merge_patch(*document, patch);
            read_workspace(*document, notes, into);
        });
}

bool is_json_type(std::string_view text) {
    if (text.size() > content_type_bytes_max) return false;
    const std::size_t semicolon = text.find(';');
    if (semicolon != std::string_view::npos) {
        std::string_view parameter = text.substr(semicolon + 1);
        if (parameter.starts_with(' ')) parameter.remove_prefix(1);
        if (!equal_ignoring_case(parameter, "charset=utf-8")) return false;
        text = text.substr(0, semicolon);
    }
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view type = text.substr(0, slash);
    const std::string_view subtype = text.substr(slash + 1);
    if (!is_token(type) || !is_token(subtype)) return false;
    if (equal_ignoring_case(subtype, "json")) return true;
    constexpr std::string_view suffix = "+json";
    return subtype.size() > suffix.size() &&
           equal_ignoring_case(subtype.substr(subtype.size() - suffix.size()), suffix);
}

}  // namespace keyledger
