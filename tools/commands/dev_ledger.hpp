#pragma once
// The throw-away ledger of `serve --dev`.

#include "ledger/rules/secret.hpp"

#include <optional>
#include <string>

namespace keyledger {

struct DevLedger {
    std::string directory;
    Token root;
};

// A new one in the temporary folder.
std::optional<DevLedger> make_dev_ledger();
void remove_dev_ledger(const DevLedger& ledger);

// What to try next, with lines to paste.
void print_dev_help(const DevLedger& ledger, const std::string& address);

}  // namespace keyledger
