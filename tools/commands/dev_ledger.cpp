#include "tools/commands/dev_ledger.hpp"

#include "replication/bootstrap.hpp"
#include "tools/commands/data_directory.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

namespace keyledger {

std::optional<DevLedger> make_dev_ledger() {
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
    if (error) return {};
    std::string name = (folder / "keyledger-dev-XXXXXX").string();
    if (!mkdtemp(name.data())) return {};
    MadeLedger made = make_ledger(name, "");
    if (!made.root) return {};
    return DevLedger{std::move(name), std::move(made.root->token)};
}

void remove_dev_ledger(const DevLedger& ledger) {
    std::error_code ignored;
    std::filesystem::remove_all(ledger.directory, ignored);
}

void print_dev_help(const DevLedger& ledger, const std::string& address) {
    const std::string root(ledger.root.text());
    std::printf(R"(
A throw-away ledger in %s: it is gone when this stops (Ctrl-C).

  address   %s
  root key  %s

In another terminal, make a workspace and a key, and check it:

  export KEYLEDGER_URL=%s KEYLEDGER_TOKEN=%s

  curl -s $KEYLEDGER_URL/v1/workspaces -H "Authorization: Bearer $KEYLEDGER_TOKEN" \
    -H 'Content-Type: application/json' -d '{"slug": "acme", "name": "Acme", "prefix": "ac",
      "environments": [{"name": "live", "tag": "live",
                        "rateLimit": {"limit": 300, "window": "1m"}}]}'

  curl -s $KEYLEDGER_URL/v1/workspaces/acme/keys -H "Authorization: Bearer $KEYLEDGER_TOKEN" \
    -H 'Content-Type: application/json' \
    -d '{"name": "first", "environment": "live", "scopes": ["leads:read"]}'

  curl -s $KEYLEDGER_URL/v1/verify -H 'Content-Type: application/json' \
    -d '{"token": "THE TOKEN", "scopes": ["leads:read"]}'

README.md goes on from here: rotate it, revoke it, read its history.
)",
                ledger.directory.c_str(), address.c_str(), root.c_str(), address.c_str(),
                root.c_str());
}

}  // namespace keyledger
