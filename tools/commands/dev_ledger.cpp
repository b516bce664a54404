#include "tools/commands/dev_ledger.hpp"

#include "replication/bootstrap.hpp"
#include "tools/commands/data_directory.hpp"

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

std::string dev_help(const DevLedger& ledger, const std::string& address) {
    const std::string root(ledger.root.text());
    const Trial trial = trial_of(ledger.profile);
    const std::string first = ledger.profile ? "make a key of the workspace " + trial.workspace
                                             : std::string("make a workspace and a key");
    const std::string question = trial.workspace + "/" + trial.scope;
    return "\nA throw-away ledger in " + ledger.directory +
           ": it is gone when this stops (Ctrl-C).\n\n  address   " + address + "\n  root key  " +
           root + "\n\nIn another terminal, " + first +
           ", and check it:\n\n  export KEYLEDGER_URL=" + address + " KEYLEDGER_TOKEN=" + root +
           "\n\n" + (ledger.profile ? "" : make_a_workspace) +
           "  curl -s $KEYLEDGER_URL/v1/workspaces/" + trial.workspace + R"(/keys \
    -H "Authorization: Bearer $KEYLEDGER_TOKEN" -H 'Content-Type: application/json' \
    -d '{"name": "first", "environment": ")" +
           trial.environment + R"(", "scopes": [")" + trial.scope + R"("]}'

  curl -s $KEYLEDGER_URL/v1/verify -H 'Content-Type: application/json' \
    -d '{"token": "THE TOKEN", "scopes": [")" +
           trial.scope + R"("]}'

As a gateway asks, and how a denial looks to this workspace's clients:

  curl -si $KEYLEDGER_URL/v1/authorize/)" +
           question + R"( -H "Authorization: Bearer THE TOKEN"
  curl -si $KEYLEDGER_URL/v1/authorize/)" +
           trial.workspace + R"(

README.md goes on from here: rotate it, revoke it, read its history.
)";
}

}  // namespace keyledger
