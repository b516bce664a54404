#include "ledger/rules/judge.hpp"

#include "ledger/rules/scope.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

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

constexpr JudgeRule rules[] = {
    {Outcome::revoked,
     [](const JudgeCase& c) {
         return c.key.revoked_at || (c.secret.valid_until && *c.secret.valid_until <= c.now);
     }},
    {Outcome::suspended, [](const JudgeCase& c) { return c.key.suspended_at.has_value(); }},
    {Outcome::pending,
     [](const JudgeCase& c) { return c.key.not_before && c.now < *c.key.not_before; }},
    {Outcome::expired,
     [](const JudgeCase& c) {
         return c.key.settings.expires_at && *c.key.settings.expires_at <= c.now;
     }},
    {Outcome::wrong_workspace,
     [](const JudgeCase& c) {
         return c.question.workspace && *c.question.workspace != c.key.workspace;
     }},
    {Outcome::wrong_environment,
     [](const JudgeCase& c) {
         return c.question.environment && *c.question.environment != c.key.environment;
     }},
    {Outcome::ip_not_allowed,
     [](const JudgeCase& c) { return !address_allowed(c.key, c.question.address); }},
    {Outcome::wrong_resource,
     [](const JudgeCase& c) { return !resource_allowed(c.key, c.question.resource); }},
    {Outcome::insufficient_scope,
     [](const JudgeCase& c) {
         return !std::ranges::all_of(c.question.scopes, [&](std::string_view wanted) {
             return grants(c.key, c.workspace, wanted);
         });
     }},
};

// Unrolled when it is compiled, so that each rule's call is inlined: this is the hot path.
template <std::size_t... index>
Outcome first_failed(const JudgeCase& asked, std::index_sequence<index...>) {
    Outcome code = Outcome::valid;
    (void)((rules[index].fails(asked) && (code = rules[index].code, true)) || ...);
    return code;
}

}  // namespace

std::span<const JudgeRule> judge_rules() {
    return rules;
}

Outcome judge(const KeyState& key, const Secret& secret, const WorkspaceDocument& workspace,
              const Question& question, Timestamp now) {
    return first_failed({key, secret, workspace, question, now},
                        std::make_index_sequence<std::size(rules)>());
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
