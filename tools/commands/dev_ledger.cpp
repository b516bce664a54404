#include "tools/commands/dev_ledger.hpp"

#include "replication/bootstrap.hpp"
#include "tools/commands/data_directory.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace keyledger {
namespace {

constexpr const char* make_a_workspace =
    R"(  curl -s $KEYLEDGER_URL/v1/workspaces -H "Authorization: Bearer $KEYLEDGER_TOKEN" \
    -H 'Content-Type: application/json' -d '{"slug": "acme", "name": "Acme", "prefix": "ac",
      "environments": [{"name": "live", "tag": "live",
                        "rateLimit": {"limit": 300, "window": "1m"}}]}'

)";

// What the lines to paste name.
struct Trial {
    std::string workspace = "acme";
    std::string environment = "live";
    std::string scope = "leads:read";
};

Trial trial_of(const std::optional<WorkspaceDocument>& profile) {
    if (!profile) return {};
    return {.workspace = profile->slug,
            .environment = profile->environments.front().name,
            .scope = profile->scopes.empty() ? "leads:read" : profile->scopes.front().name};
}

}  // namespace

MadeDevLedger make_dev_ledger(std::optional<WorkspaceDocument> profile) {
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
    std::string name = (folder / "keyledger-dev-XXXXXX").string();
    if (error || !mkdtemp(name.data())) {
        return {{}, "no throw-away ledger can be made in the temporary folder"};
    }
    std::vector<WorkspaceDocument> workspaces;
    if (profile) workspaces.push_back(*profile);
    MadeLedger made = make_ledger(name, "", workspaces);
    if (!made.root) {
        std::filesystem::remove_all(name, error);
        return {{}, std::move(made.problem)};
    }
    return {DevLedger{std::move(name), std::move(made.root->token), std::move(profile)}, {}};
}

void remove_dev_ledger(const DevLedger& ledger) {
    std::error_code ignored;
    std::filesystem::remove_all(ledger.directory, ignored);
}

void print_dev_help(const DevLedger& ledger, const std::string& address) {
    const std::string root(ledger.root.text());
    const Trial trial = trial_of(ledger.profile);
    const std::string first = ledger.profile ? "make a key of the workspace " + trial.workspace
                                             : std::string("make a workspace and a key");
    std::printf(R"(
A throw-away ledger in %s: it is gone when this stops (Ctrl-C).

  address   %s
  root key  %s

In another terminal, %s, and check it:

  export KEYLEDGER_URL=%s KEYLEDGER_TOKEN=%s

)",
                ledger.directory.c_str(), address.c_str(), root.c_str(), first.c_str(),
                address.c_str(), root.c_str());
    if (!ledger.profile) std::fputs(make_a_workspace, stdout);
    std::printf(R"(  curl -s $KEYLEDGER_URL/v1/workspaces/%s/keys \
    -H "Authorization: Bearer $KEYLEDGER_TOKEN" -H 'Content-Type: application/json' \
    -d '{"name": "first", "environment": "%s", "scopes": ["%s"]}'

  curl -s $KEYLEDGER_URL/v1/verify -H 'Content-Type: application/json' \
    -d '{"token": "THE TOKEN", "scopes": ["%s"]}'

As a gateway asks, and how a denial looks to this workspace's clients:

  curl -si $KEYLEDGER_URL/v1/authorize/%s/%s -H "Authorization: Bearer THE TOKEN"
  curl -si $KEYLEDGER_URL/v1/authorize/%s

README.md goes on from here: rotate it, revoke it, read its history.
)",
                trial.workspace.c_str(), trial.environment.c_str(), trial.scope.c_str(),
                trial.scope.c_str(), trial.workspace.c_str(), trial.scope.c_str(),
                trial.workspace.c_str());
}

}  // namespace keyledger
