#include "ledger/rules/decide_workspaces.hpp"

#include <numeric>

namespace keyledger {
namespace {

// What the document's texts take in a leaf, with room for the list entries around them.
std::size_t text_bytes(const WorkspaceDocument& document) {
    constexpr std::size_t entry_overhead = 32;
    std::size_t bytes = document.slug.size() + document.name.size() + document.prefix.size();
    for (const Environment& environment : document.environments) {
        bytes += environment.name.size() + environment.tag.size() + 2 * entry_overhead;
    }
    for (const ScopeEntry& scope : document.scopes) {
        bytes += scope.name.size() + scope.description.size() + entry_overhead;
    }
    if (document.errors) {
        bytes += document.errors->content_type.size() + document.errors->body.size();
        for (const auto* texts : {&document.errors->messages, &document.errors->names}) {
            for (const auto& [name, text] : *texts)
                bytes += name.size() + text.size() + entry_overhead;
        }
    }
    return bytes;
}

Draft on_ledger(const WorkspaceDocument& document, EventBody body) {
    return {.workspace = document.slug,
            .stream = {.kind = StreamKind::ledger, .key = {}},
            .body = std::move(body)};
}

// Only its name and language: anything else could lock its own administrators out.
bool keeps_system_usable(const WorkspaceDocument& before, WorkspaceDocument after) {
    after.name = before.name;
    after.locale = before.locale;
    return after == before;
}

// An environment that keys stand in keeps its name; its tag and limit may change.
Result<void> require_environments_of_keys(const Circumstances& given,
                                          const WorkspaceDocument& after) {
    std::string missing;
    given.state.each_key(after.slug, [&](const KeyState& key) {
        if (missing.empty() && !key.revoked_at && !find_environment(after, key.environment)) {
            missing = key.environment;
        }
    });
    if (!missing.empty()) {
        return Rejection{Refusal::environment_in_use, "/environments", {missing}};
    }
    return {};
}

}  // namespace

Result<Decision> create_workspace(const Circumstances& given, const CreateWorkspace& command) {
    const WorkspaceDocument& document = command.document;
    TRY(require_authority(given, document.slug, {}));
    if (given.state.workspace(document.slug)) {
        return Rejection{Refusal::slug_taken, "/slug", {document.slug}};
    }
    if (text_bytes(document) > document_bytes_max) return Rejection{Refusal::document_too_large};
    Decision decision;
    decision.events.push_back(on_ledger(document, WorkspaceCreated{document}));
    return decision;
}

Result<Decision> change_workspace(const Circumstances& given, const ChangeWorkspace& command) {
    const WorkspaceDocument& after = command.document;
    const WorkspaceState* current = given.state.workspace(after.slug);
    if (!current) return Rejection{Refusal::workspace_not_found, "", {after.slug}};
    TRY(require_authority(given, after.slug, {}));
    const auto& if_match = given.submission.if_match;
    if (if_match && *if_match != current->revision) return Rejection{Refusal::stale_revision};
    if (command.based_on != current->revision) return Rejection{Refusal::stale_revision};
    const WorkspaceDocument& before = current->document;
    if (after == before) return Decision{};
    if (after.slug == system_slug && !keeps_system_usable(before, after)) {
        return Rejection{Refusal::workspace_reserved};
    }
    if (text_bytes(after) > document_bytes_max) return Rejection{Refusal::document_too_large};
    if (after.environments != before.environments) {
        TRY(require_environments_of_keys(given, after));
    }
    Decision decision;
    decision.events.push_back(on_ledger(after, WorkspaceChanged{before, after}));
    return decision;
}

}  // namespace keyledger
