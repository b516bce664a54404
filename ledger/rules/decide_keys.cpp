#include "ledger/rules/decide_keys.hpp"

#include "ledger/rules/scope.hpp"

#include <algorithm>
#include <cstring>
#include <set>

namespace keyledger {
namespace {

// The key that a command names, if it may be touched under these circumstances.
Result<const KeyState*> key_to_change(const Circumstances& given, const KeyId& id) {
    const KeyState* key = given.state.key(id);
    if (!key) return Rejection{Refusal::key_not_found, "", {to_text(id)}};
    TRY(require_authority(given, key->workspace, key->scopes));
    const auto& if_match = given.submission.if_match;
    if (if_match && *if_match != key->revision) return Rejection{Refusal::stale_revision};
    return key;
}

Result<const KeyState*> living_key(const Circumstances& given, const KeyId& id) {
    const KeyState* key = TRY(key_to_change(given, id));
    if (key->revoked_at) return Rejection{Refusal::key_revoked, "", {to_text(id)}};
    return key;
}

Result<void> require_grantable(const WorkspaceDocument& workspace,
                               const std::vector<std::string>& scopes) {
    for (std::size_t i = 0; i < scopes.size(); ++i) {
        if (!in_catalogue(workspace, scopes[i])) {
            return Rejection{
                Refusal::scope_not_in_catalogue, "/scopes/" + std::to_string(i), {scopes[i]}};
        }
    }
    return {};
}

Result<void> require_lifetime(const std::optional<Timestamp>& not_before,
                              const std::optional<Timestamp>& expires_at) {
    if (not_before && expires_at && *expires_at <= *not_before) {
        return Rejection{Refusal::expiry_before_start, "/expiresAt"};
    }
    return {};
}

// A key's texts must fit, old and new, into one leaf.
Result<void> require_room(const KeySettings& settings, const std::vector<std::string>& scopes,
                          const std::optional<Resource>& resource) {
    constexpr std::size_t entry_overhead = 24;
    std::size_t bytes = settings.name.size() + settings.owner.size() + settings.metadata.size();
    if (resource) bytes += resource->kind.size() + resource->id.size();
    for (const std::string& scope : scopes) bytes += scope.size() + entry_overhead;
    bytes += settings.allowed_ranges.size() * 2 * entry_overhead;
    if (bytes > document_bytes_max) return Rejection{Refusal::document_too_large};
    return {};
}

Result<Draft> drafted(const Circumstances& given, const WorkspaceDocument& workspace,
                      const CreateKey& command) {
    if (!find_environment(workspace, command.environment)) {
        return Rejection{Refusal::unknown_environment, "/environment"};
    }
    TRY(require_authority(given, workspace.slug, command.scopes, "/scopes"));
    TRY(require_grantable(workspace, command.scopes));
    TRY(require_lifetime(command.not_before, command.settings.expires_at));
    TRY(require_room(command.settings, command.scopes, command.resource));
    if (given.state.key_of_digest(command.digest))
        return Rejection{Refusal::digest_taken, "/digest"};
    return Draft{.workspace = workspace.slug,
                 .stream = {.kind = StreamKind::key, .key = command.key},
                 .body = KeyCreated{.key = command.key,
                                    .environment = command.environment,
                                    .settings = stated(command.settings),
                                    .scopes = in_canonical_order(command.scopes),
                                    .resource = command.resource,
                                    .not_before = command.not_before,
                                    .origin = command.origin,
                                    .digest = command.digest,
                                    .hint = command.hint}};
}

Result<const WorkspaceDocument*> workspace_of(const Circumstances& given, const std::string& slug) {
    const WorkspaceState* workspace = given.state.workspace(slug);
    if (!workspace) return Rejection{Refusal::workspace_not_found, "", {slug}};
    return &workspace->document;
}

// Which of the settings that the patch names really differ; the others say nothing.
KeyChanged difference(const KeyState& key, const ChangeKey& command) {
    KeyChanged changed{.key = key.id, .changed = 0, .before = {}, .after = {}};
    const StatedSettings before = stated(key.settings);
    const StatedSettings after = stated(command.settings);
    const auto compare = [&](Setting setting, auto member) {
        const std::uint32_t bit = 1U << static_cast<unsigned>(setting);
        if (!(command.changed & bit) || before.*member == after.*member) return;
        changed.changed |= bit;
        changed.before.*member = before.*member;
        changed.after.*member = after.*member;
    };
    compare(Setting::name, &StatedSettings::name);
    compare(Setting::owner, &StatedSettings::owner);
    compare(Setting::metadata, &StatedSettings::metadata);
    compare(Setting::expires_at, &StatedSettings::expires_at);
    compare(Setting::rate_limit, &StatedSettings::rate_limit);
    compare(Setting::quota, &StatedSettings::quota);
    compare(Setting::allowed_ranges, &StatedSettings::allowed_ranges);
    return changed;
}

// A change that could shut the last administrator out, sooner or later.
bool narrows(const KeyChanged& changed) {
    return (changed.has(Setting::expires_at) && changed.after.expires_at) ||
           (changed.has(Setting::allowed_ranges) && !changed.after.allowed_ranges.empty()) ||
           (changed.has(Setting::rate_limit) && changed.after.rate_limit) ||
           (changed.has(Setting::quota) && changed.after.quota);
}

Decision one_event(Draft draft) {
    Decision decision;
    decision.events.push_back(std::move(draft));
    return decision;
}

}  // namespace

Result<Decision> create_key(const Circumstances& given, const CreateKey& command) {
    const WorkspaceDocument* workspace = TRY(workspace_of(given, command.workspace));
    return one_event(TRY(drafted(given, *workspace, command)));
}

Result<Decision> import_keys(const Circumstances& given, const ImportKeys& command) {
    const WorkspaceDocument* workspace = TRY(workspace_of(given, command.workspace));
    if (command.keys.size() > items_per_command_max)
        return Rejection{Refusal::too_many_items, "/items"};
    std::set<Digest> seen;
    Decision decision;
    decision.events.reserve(command.keys.size());
    for (std::size_t i = 0; i < command.keys.size(); ++i) {
        const std::string item = "/items/" + std::to_string(i);
        Result<Draft> draft = drafted(given, *workspace, command.keys[i]);
        if (!draft) {
            Rejection rejection = draft.error();
            rejection.pointer.insert(0, item);
            return rejection;
        }
        if (!seen.insert(command.keys[i].digest).second) {
            return Rejection{Refusal::digest_taken, item + "/digest"};
        }
        decision.events.push_back(std::move(*draft));
    }
    return decision;
}

Result<Decision> scope_key(const Circumstances& given, const ScopeKey& command) {
    const KeyState* key = TRY(living_key(given, command.key));
    const WorkspaceDocument* workspace = TRY(workspace_of(given, key->workspace));
    TRY(require_authority(given, key->workspace, command.scopes, "/scopes"));
    TRY(require_grantable(*workspace, command.scopes));
    TRY(require_room(key->settings, command.scopes, key->resource));
    std::vector<std::string> after = in_canonical_order(command.scopes);
    if (after.empty() && !command.all && workspace->empty_scopes == EmptyScopes::all) {
        return Rejection{Refusal::scopes_would_grant_all, "/scopes"};
    }
    if (after == key->scopes) return Decision{};
    if (!covers(after, "keys:write")) TRY(require_administrator_without(given, *key));
    return one_event(on_key_stream(*key, KeyScoped{key->id, key->scopes, std::move(after)}));
}

Result<Decision> change_key(const Circumstances& given, const ChangeKey& command) {
    const KeyState* key = TRY(living_key(given, command.key));
    KeyChanged changed = difference(*key, command);
    if (changed.changed == 0) return Decision{};
    if (changed.has(Setting::expires_at)) {
        TRY(require_lifetime(key->not_before, changed.after.expires_at));
    }
    KeySettings after = key->settings;
    if (changed.has(Setting::name)) after.name = command.settings.name;
    if (changed.has(Setting::owner)) after.owner = command.settings.owner;
    if (changed.has(Setting::metadata)) after.metadata = command.settings.metadata;
    if (changed.has(Setting::allowed_ranges))
        after.allowed_ranges = command.settings.allowed_ranges;
    TRY(require_room(after, key->scopes, key->resource));
    if (narrows(changed)) TRY(require_administrator_without(given, *key));
    return one_event(on_key_stream(*key, std::move(changed)));
}

Result<Decision> rotate_key(const Circumstances& given, const RotateKey& command) {
    const KeyState* key = TRY(living_key(given, command.key));
    if (given.state.key_of_digest(command.digest)) return Rejection{Refusal::digest_taken};
    return one_event(
        on_key_stream(*key, KeyRotated{.key = key->id,
                                       .version = key->secrets.back().version + 1,
                                       .digest = command.digest,
                                       .hint = command.hint,
                                       .older_valid_until = given.now + command.grace}));
}

Result<Decision> suspend_key(const Circumstances& given, const SuspendKey& command) {
    const KeyState* key = TRY(living_key(given, command.key));
    if (key->suspended_at) return Decision{};
    TRY(require_administrator_without(given, *key));
    return one_event(on_key_stream(*key, KeySuspended{key->id}));
}

Result<Decision> resume_key(const Circumstances& given, const ResumeKey& command) {
    const KeyState* key = TRY(living_key(given, command.key));
    if (!key->suspended_at) return Decision{};
    return one_event(on_key_stream(*key, KeyResumed{key->id}));
}

Result<Decision> revoke_key(const Circumstances& given, const RevokeKey& command) {
    const KeyState* key = TRY(key_to_change(given, command.key));
    if (key->revoked_at) return Decision{};
    TRY(require_administrator_without(given, *key));
    return one_event(on_key_stream(*key, KeyRevoked{key->id}));
}

Result<Decision> revoke_keys(const Circumstances& given, const RevokeKeys& command) {
    TRY(workspace_of(given, command.workspace));
    TRY(require_authority(given, command.workspace, {}));
    std::set<KeyId> named;
    for (std::size_t i = 0; i < command.keys.size(); ++i) {
        const KeyState* key = given.state.key(command.keys[i]);
        if (!key || key->workspace != command.workspace) {
            return Rejection{
                Refusal::key_not_found, "/ids/" + std::to_string(i), {to_text(command.keys[i])}};
        }
        named.insert(key->id);
    }
    if (command.owner && !command.owner->empty()) {
        given.state.each_key(command.workspace, [&](const KeyState& key) {
            if (key.settings.owner == *command.owner && !key.revoked_at) named.insert(key.id);
        });
    }
    if (named.size() > items_per_command_max) return Rejection{Refusal::too_many_items};
    TRY(require_administrator_without(given,
                                      [&](const KeyState& key) { return named.contains(key.id); }));
    Decision decision;
    for (const KeyId& id : named) {
        const KeyState* key = given.state.key(id);
        TRY(require_authority(given, key->workspace, key->scopes));
        if (!key->revoked_at) decision.events.push_back(on_key_stream(*key, KeyRevoked{id}));
    }
    return decision;
}

// Whoever holds a token has shown that it leaked: no scope of the caller's stands in the way. Only
// the last administrator is kept, and said to be.
Result<Decision> revoke_digests(const Circumstances& given, const RevokeDigests& command) {
    if (command.digests.size() > items_per_command_max) return Rejection{Refusal::too_many_items};
    const auto& authority = given.submission.authority;
    Decision decision;
    std::set<KeyId> named;
    for (const Digest& digest : command.digests) {
        using Kind = DigestResult::Kind;
        const KeyState* key = key_of_token(given, digest);
        const bool hidden = key && authority && authority->bound_workspace &&
                            *authority->bound_workspace != key->workspace;
        if (!key || hidden) {
            decision.digests.push_back({Kind::unknown, {}});
            continue;
        }
        if (key->revoked_at || named.contains(key->id)) {
            decision.digests.push_back({Kind::already_revoked, key->id});
            continue;
        }
        const bool in_system = key->workspace == system_slug;
        if (in_system && !require_administrator_without(given, [&](const KeyState& other) {
                return other.id == key->id || named.contains(other.id);
            })) {
            decision.digests.push_back({Kind::refused, key->id});
            continue;
        }
        named.insert(key->id);
        decision.events.push_back(on_key_stream(*key, KeyRevoked{key->id}));
        decision.digests.push_back({Kind::revoked, key->id});
    }
    return decision;
}

}  // namespace keyledger
