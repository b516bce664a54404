#include "ledger/rules/workspace.hpp"

#include "ledger/rules/scope.hpp"

#include <algorithm>

namespace keyledger {

const Environment* find_environment(const WorkspaceDocument& document, std::string_view name) {
    const auto found =
        std::find_if(document.environments.begin(), document.environments.end(),
                     [&](const Environment& environment) { return environment.name == name; });
    return found == document.environments.end() ? nullptr : &*found;
}

bool in_catalogue(const WorkspaceDocument& document, std::string_view scope) {
    if (!is_scope(scope)) return false;
    if (document.scopes.empty()) return true;
    // A wildcard covers every scope of its resource, and the wildcard itself; another scope only
    // itself.
    return std::any_of(document.scopes.begin(), document.scopes.end(),
                       [&](const ScopeEntry& entry) { return covers(scope, entry.name); });
}

}  // namespace keyledger
