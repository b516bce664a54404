#include "ledger/rules/judge.hpp"

#include "ledger/rules/scope.hpp"

#include <algorithm>

namespace keyledger {
namespace {

// A key without scopes grants nothing, or all, as its workspace says.
bool grants(const KeyState& key, const WorkspaceDocument& workspace, std::string_view wanted) {
    if (key.scopes.empty()) return workspace.empty_scopes == EmptyScopes::all;
    return covers(key.scopes, wanted);
}

bool address_allowed(const KeyState& key, const std::optional<Address>& address) {
    const auto& ranges = key.settings.allowed_ranges;
    return ranges.empty() || (address && contains(ranges, *address));
}

// A bound key works for its own resource alone, and so not for a question that names none.
bool resource_allowed(const KeyState& key, const std::optional<ResourceView>& wanted) {
    if (!key.resource) return true;
    return wanted && wanted->kind == key.resource->kind && wanted->id == key.resource->id;
}

}  // namespace

Outcome judge(const KeyState& key, const Secret& secret, const WorkspaceDocument& workspace,
              const Question& question, Timestamp now) {
    if (key.revoked_at) return Outcome::revoked;
    if (secret.valid_until && *secret.valid_until <= now) return Outcome::revoked;
    if (key.suspended_at) return Outcome::suspended;
    if (key.not_before && now < *key.not_before) return Outcome::pending;
    if (key.settings.expires_at && *key.settings.expires_at <= now) return Outcome::expired;
    if (question.workspace && *question.workspace != key.workspace) return Outcome::wrong_workspace;
    if (question.environment && *question.environment != key.environment) {
        return Outcome::wrong_environment;
    }
    if (!address_allowed(key, question.address)) return Outcome::ip_not_allowed;
    if (!resource_allowed(key, question.resource)) return Outcome::wrong_resource;
    const bool granted = std::ranges::all_of(
        question.scopes, [&](std::string_view wanted) { return grants(key, workspace, wanted); });
    return granted ? Outcome::valid : Outcome::insufficient_scope;
}

std::vector<std::string_view> missing_scopes(const KeyState& key,
                                             const WorkspaceDocument& workspace,
                                             std::span<const std::string_view> wanted) {
    std::vector<std::string_view> missing;
    for (const std::string_view scope : wanted) {
        if (!grants(key, workspace, scope)) missing.push_back(scope);
    }
    return missing;
}

const RateLimit* effective_rate_limit(const KeyState& key, const WorkspaceDocument& workspace) {
    if (key.settings.rate_limit) return &*key.settings.rate_limit;
    const Environment* environment = find_environment(workspace, key.environment);
    return environment && environment->rate_limit ? &*environment->rate_limit : nullptr;
}

}  // namespace keyledger
