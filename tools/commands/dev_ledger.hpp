#pragma once
// The throw-away ledger of `serve --dev`.

#include "ledger/rules/secret.hpp"
#include "ledger/rules/workspace.hpp"

#include <optional>
#include <string>

namespace keyledger {

struct DevLedger {
    std::string directory;
    Token root;
    std::optional<WorkspaceDocument> profile;  // the workspace that it began with
};

// A new one in the temporary folder, or why there is none. With a `profile` its workspace is there
// from the first events on.
struct MadeDevLedger {
    std::optional<DevLedger> ledger;
    std::string problem;
};
MadeDevLedger make_dev_ledger(std::optional<WorkspaceDocument> profile);
void remove_dev_ledger(const DevLedger& ledger);

// What to try next, with lines to paste.
std::string dev_help(const DevLedger& ledger, const std::string& address);

}  // namespace keyledger
