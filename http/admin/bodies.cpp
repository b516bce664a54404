#include "http/admin/bodies.hpp"

#include "http/admin/field_reader.hpp"
#include "ledger/rules/secret.hpp"

namespace keyledger {
namespace {

constexpr std::string_view digest_prefix = "sha256:";

// An object, kept as its text without white space.
std::string read_metadata(const JsonValue& value, const Place& place, FaultNotes& notes) {
    if (value.kind != JsonKind::object) {
        notes.add(place, FieldProblem::not_an_object);
        return {};
    }
    std::string text = to_json(value);
    if (text.size() <= metadata_bytes_max) return text;
    notes.add(place, FieldProblem::too_large, {std::to_string(metadata_bytes_max)});
    return {};
}

// All settings but the name, which a patch can't clear.
void read_settings(const Members& members, FaultNotes& notes, KeySettings& settings) {
    if (const JsonValue* owner = members.optional("owner")) {
        settings.owner =
            read_text(*owner, members.at("owner"), notes, owner_bytes_max).value_or("");
    }
    if (const JsonValue* metadata = members.optional("metadata")) {
        settings.metadata = read_metadata(*metadata, members.at("metadata"), notes);
    }
    if (const JsonValue* expires_at = members.optional("expiresAt")) {
        settings.expires_at = read_time(*expires_at, members.at("expiresAt"), notes);
    }
    if (const JsonValue* rate_limit = members.optional("rateLimit")) {
        settings.rate_limit = read_rate_limit(*rate_limit, members.at("rateLimit"), notes);
    }
    if (const JsonValue* quota = members.optional("quota")) {
        settings.quota = read_quota(*quota, members.at("quota"), notes);
    }
    if (const JsonValue* allowed_ips = members.optional("allowedIps")) {
        settings.allowed_ranges = read_ranges(*allowed_ips, members.at("allowedIps"), notes);
    }
}

// What a key that is made here and one that is brought in have in common.
void read_new_key(const Members& members, FaultNotes& notes, CreateKey& command) {
    if (const JsonValue* name = members.required("name")) {
        command.settings.name =
            read_text(*name, members.at("name"), notes, name_bytes_max).value_or("");
    }
    if (const JsonValue* environment = members.required("environment")) {
        command.environment = read_shaped(*environment, members.at("environment"), notes, is_name,
                                          FieldProblem::not_a_name)
                                  .value_or("");
    }
    if (const JsonValue* scopes = members.required("scopes")) {
        command.scopes = read_scopes(*scopes, members.at("scopes"), notes);
    }
    if (const JsonValue* resource = members.optional("resource")) {
        command.resource = read_resource(*resource, members.at("resource"), notes);
    }
    if (const JsonValue* not_before = members.optional("notBefore")) {
        command.not_before = read_time(*not_before, members.at("notBefore"), notes);
    }
    read_settings(members, notes, command.settings);
}

std::optional<Digest> read_digest(const JsonValue& value, const Place& place, FaultNotes& notes) {
    if (value.kind != JsonKind::string) {
        notes.add(place, FieldProblem::not_a_string);
        return std::nullopt;
    }
    const std::optional<Digest> digest = parse_digest(value.text);
    if (!digest) notes.add(place, FieldProblem::not_a_digest);
    return digest;
}

CreateKey read_imported_key(const JsonValue& value, const Place& place, FaultNotes& notes) {
    const Members members(
        value, place, notes,
        {"digest", "name", "environment", "scopes", "resource", "owner", "metadata", "expiresAt",
         "notBefore", "rateLimit", "quota", "allowedIps"});
    CreateKey command;
    command.origin = Origin::imported;
    if (const JsonValue* digest = members.required("digest")) {
        command.digest = read_digest(*digest, members.at("digest"), notes).value_or(Digest{});
    }
    read_new_key(members, notes, command);
    return command;
}

std::string_view or_empty_object(std::string_view body) {
    return body.empty() ? "{}" : body;
}

// The one of two members that a body must name, or null and a fault.
const JsonValue* either(const Members& members, const Place& place, FaultNotes& notes,
                        std::string_view first, std::string_view second) {
    const JsonValue* one = members.optional(first);
    const JsonValue* other = members.optional(second);
    if (one && !other) return one;
    if (other && !one) return other;
    notes.add(place, one ? FieldProblem::both_fields : FieldProblem::neither_field,
              {std::string(first) + ", " + std::string(second)});
    return nullptr;
}

// What a patch names, merged with the current value as RFC 7396 says. `merged` becomes true where
// the current one had a part in it.
class KeyPatch {
public:
    KeyPatch(const JsonValue& patch, const KeySettings& current)
        : patch_(patch), current_(current) {}

    std::uint32_t changed() const {
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < settings_count; ++i) {
            if (patch_.find(names[i])) bits |= 1U << i;
        }
        return bits;
    }

    JsonValue merged(bool& depends_on_current) const {
        JsonValue result = patch_;
        for (JsonValue& member : result.items) {
            if (member.kind != JsonKind::object) continue;
            const std::string text = current_text(member.name);
            FaultList none;
            JsonValue target;
            if (!text.empty()) target = parse_json(text, none).value_or(JsonValue{});
            depends_on_current |= target.kind == JsonKind::object;
            target.name = member.name;
            merge_patch(target, member);
            member = std::move(target);
        }
        return result;
    }

private:
    // As Setting numbers them.
    static constexpr std::string_view names[settings_count] = {
        "name", "owner", "metadata", "expiresAt", "rateLimit", "quota", "allowedIps"};

    std::string current_text(std::string_view name) const {
        if (name == "metadata") return current_.metadata;
        std::string text;
        if (name == "rateLimit" && current_.rate_limit) {
            text =
                limit_text(std::to_string(current_.rate_limit->limit), current_.rate_limit->window);
        }
        if (name == "quota" && current_.quota) {
            text = limit_text(std::to_string(current_.quota->limit), current_.quota->window);
        }
        return text;
    }

    static std::string limit_text(const std::string& limit, std::optional<Duration> window) {
        const std::string length = window ? '"' + to_text(*window) + '"' : "null";
        return R"({"limit":)" + limit + R"(,"window":)" + length + '}';
    }

    const JsonValue& patch_;
    const KeySettings& current_;
};

void read_name_change(const JsonValue& patch, const Place& place, FaultNotes& notes,
                      KeySettings& settings) {
    const JsonValue* name = patch.find("name");
    if (!name) return;
    const Place here(place, "name");
    if (name->kind == JsonKind::null)
        notes.add(here, FieldProblem::cannot_be_null);
    else
        settings.name = read_text(*name, here, notes, name_bytes_max).value_or("");
}

void read_owner_or_ids(const JsonValue& json, FaultNotes& notes, RevokeKeysBody& body) {
    const Place root;
    const Members members(json, root, notes, {"owner", "ids", "reason", "force"});
    read_remarks(members, notes, body.remarks);
    if (json.kind != JsonKind::object) return;
    const JsonValue* named = either(members, root, notes, "owner", "ids");
    if (!named) return;
    const Place place = members.at(named->name);
    if (named->name == "owner") {
        body.owner = read_text(*named, place, notes, owner_bytes_max);
        return;
    }
    const auto* ids = read_array(*named, place, notes, 1, items_per_command_max);
    if (!ids) return;
    for (std::size_t i = 0; i < ids->size(); ++i) {
        const JsonValue& item = (*ids)[i];
        const auto id = item.kind == JsonKind::string ? parse_key_id(item.text) : std::nullopt;
        if (id)
            body.keys.push_back(*id);
        else
            notes.add({place, i}, FieldProblem::not_a_key_id);
    }
}

std::optional<Digest> read_token(const JsonValue& value, const Place& place, FaultNotes& notes) {
    if (value.kind != JsonKind::string)
        notes.add(place, FieldProblem::not_a_string);
    else if (value.text.empty())
        notes.add(place, FieldProblem::empty_text);
    else if (value.text.size() > token_bytes_max) {
        notes.add(place, FieldProblem::too_long, {std::to_string(token_bytes_max)});
    } else {
        return digest_of_token(value.text);
    }
    return std::nullopt;
}

// One of the members "tokens" and "digests", of which one must be there.
void read_tokens_or_digests(const Members& members, FaultNotes& notes,
                            std::vector<Digest>& digests) {
    const Place root;
    const JsonValue* named = either(members, root, notes, "tokens", "digests");
    if (!named) return;
    const Place place = members.at(named->name);
    const auto* items = read_array(*named, place, notes, 1, items_per_command_max);
    if (!items) return;
    const auto read = named->name == "tokens" ? read_token : read_digest;
    for (std::size_t i = 0; i < items->size(); ++i) {
        if (const auto digest = read((*items)[i], {place, i}, notes)) digests.push_back(*digest);
    }
}

}  // namespace

Parsed<CreateKeyBody> parse_create_key(std::string_view body) {
    return read_body<CreateKeyBody>(
        body, [](const JsonValue& json, FaultNotes& notes, CreateKeyBody& into) {
            const Place root;
            const Members members(
                json, root, notes,
                {"name", "environment", "scopes", "resource", "owner", "metadata", "expiresAt",
                 "notBefore", "rateLimit", "quota", "allowedIps", "reason", "force"});
            read_new_key(members, notes, into.command);
            read_remarks(members, notes, into.remarks);
        });
}

Parsed<ImportBody> parse_import(std::string_view body) {
    return read_body<ImportBody>(
        body, [](const JsonValue& json, FaultNotes& notes, ImportBody& into) {
            const Place root;
            const Members members(json, root, notes, {"items", "reason", "force"});
            read_remarks(members, notes, into.remarks);
            const JsonValue* items = members.required("items");
            if (!items) return;
            const Place place = members.at("items");
            const auto* array = read_array(*items, place, notes, 1, items_per_command_max);
            if (!array) return;
            into.items.reserve(array->size());
            for (std::size_t i = 0; i < array->size() && !notes.list.full(); ++i) {
                into.items.push_back(read_imported_key((*array)[i], {place, i}, notes));
            }
        });
}

Parsed<ChangeKeyBody> parse_change_key(std::string_view body, const KeySettings& current) {
    return read_body<ChangeKeyBody>(
        body, [&](const JsonValue& json, FaultNotes& notes, ChangeKeyBody& into) {
            if (!notes.list.empty()) return;  // what names a member twice can't be merged
            const Place root;
            const KeyPatch patch(json, current);
            const JsonValue merged = patch.merged(into.merged);
            const Members members(merged, root, notes,
                                  {"name", "owner", "metadata", "expiresAt", "rateLimit", "quota",
                                   "allowedIps", "reason", "force"});
            into.command.changed = patch.changed();
            read_name_change(merged, root, notes, into.command.settings);
            read_settings(members, notes, into.command.settings);
            read_remarks(members, notes, into.remarks);
        });
}

Parsed<ScopesBody> parse_scopes(std::string_view body) {
    return read_body<ScopesBody>(
        body, [](const JsonValue& json, FaultNotes& notes, ScopesBody& into) {
            const Place root;
            const Members members(json, root, notes, {"scopes", "all", "reason", "force"});
            if (const JsonValue* scopes = members.required("scopes")) {
                into.scopes = read_scopes(*scopes, members.at("scopes"), notes);
            }
            if (const JsonValue* all = members.optional("all")) {
                into.all = read_boolean(*all, members.at("all"), notes).value_or(false);
            }
            read_remarks(members, notes, into.remarks);
        });
}

Parsed<RotateBody> parse_rotate(std::string_view body) {
    return read_body<RotateBody>(
        or_empty_object(body), [](const JsonValue& json, FaultNotes& notes, RotateBody& into) {
            const Place root;
            const Members members(json, root, notes, {"grace", "reason", "force"});
            // A null would end the older secret at once, which nobody asked for.
            if (const JsonValue* grace = members.given("grace")) {
                into.grace =
                    read_duration(*grace, members.at("grace"), notes, Duration::zero(), grace_max)
                        .value_or(Duration::zero());
            }
            read_remarks(members, notes, into.remarks);
        });
}

Parsed<Remarks> parse_remarks(std::string_view body) {
    return read_body<Remarks>(or_empty_object(body),
                              [](const JsonValue& json, FaultNotes& notes, Remarks& into) {
                                  const Place root;
                                  const Members members(json, root, notes, {"reason", "force"});
                                  read_remarks(members, notes, into);
                              });
}

Parsed<RevokeKeysBody> parse_revoke_keys(std::string_view body) {
    return read_body<RevokeKeysBody>(body, read_owner_or_ids);
}

Parsed<RevokeTokensBody> parse_revoke_tokens(std::string_view body) {
    return read_body<RevokeTokensBody>(
        body, [](const JsonValue& json, FaultNotes& notes, RevokeTokensBody& into) {
            const Place root;
            const Members members(json, root, notes, {"tokens", "digests", "reason", "force"});
            read_remarks(members, notes, into.remarks);
            if (json.kind != JsonKind::object) return;
            read_tokens_or_digests(members, notes, into.digests);
        });
}

Parsed<std::vector<Digest>> parse_find_tokens(std::string_view body) {
    return read_body<std::vector<Digest>>(
        body, [](const JsonValue& json, FaultNotes& notes, std::vector<Digest>& into) {
            const Place root;
            const Members members(json, root, notes, {"tokens", "digests"});
            if (json.kind != JsonKind::object) return;
            read_tokens_or_digests(members, notes, into);
        });
}

std::optional<Digest> parse_digest(std::string_view text) {
    if (!text.starts_with(digest_prefix)) return std::nullopt;
    const std::optional<std::string> bytes = from_hex(text.substr(digest_prefix.size()));
    return bytes ? digest_from_bytes(*bytes) : std::nullopt;
}

}  // namespace keyledger
