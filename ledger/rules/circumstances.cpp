#include "ledger/rules/circumstances.hpp"

#include "ledger/rules/scope.hpp"

#include <algorithm>

namespace keyledger {

Result<void> require_authority(const Circumstances& given, std::string_view workspace,
                               const std::vector<std::string>& scopes) {
    const auto& authority = given.submission.authority;
    if (!authority) return {};
    if (workspace == system_slug) {
        if (authority->bound_workspace) return Rejection{Refusal::beyond_authority};
        const auto beyond = std::ranges::find_if_not(scopes, [&](const std::string& scope) {
            return covers(authority->scopes, scope);
        });
        if (beyond != scopes.end()) {
            return Rejection{Refusal::beyond_authority, "/scopes", {*beyond}};
        }
    } else if (authority->bound_workspace && *authority->bound_workspace != workspace) {
        return Rejection{Refusal::beyond_authority};
    }
    return {};
}

bool can_administer(const KeyState& key, Timestamp now) {
    return key.workspace == system_slug && status_of(key, now) == KeyStatus::active &&
           !key.settings.expires_at && !key.resource && covers(key.scopes, "keys:write");
}

Result<void> require_administrator_without(const Circumstances& given,
                                           const std::function<bool(const KeyState&)>& removed) {
    if (given.submission.force) return {};
    bool removes_one = false;
    bool leaves_one = false;
    given.state.each_key(system_slug, [&](const KeyState& key) {
        if (!can_administer(key, given.now)) return;
        (removed(key) ? removes_one : leaves_one) = true;
    });
    if (removes_one && !leaves_one) return Rejection{Refusal::last_administrator};
    return {};
}

}  // namespace keyledger
