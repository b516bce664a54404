#pragma once
// The first events of a ledger, a new root key for one whose root key was lost, and a new key for a
// log that goes on as another.

#include "ledger/base/clock.hpp"
#include "ledger/base/random.hpp"
#include "ledger/log/event_log.hpp"
#include "ledger/rules/result.hpp"
#include "ledger/rules/secret.hpp"
#include "ledger/rules/workspace.hpp"
#include "projections/tables.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keyledger {

inline constexpr std::string_view node_id_row = "node_id";  // in Family::meta, u64be
inline constexpr std::string_view admin_environment = "admin";

// What a stopped ledger is given; nobody else writes to `log` meanwhile.
struct RootKey {
    Token token;
    KeyId key;
};
using Bootstrapped = std::variant<RootKey, LogFault, Rejection>;

// For an empty log: this node's id, the workspace `system`, a root key with all scopes, and the
// `workspaces` besides. Refused as a whole, with nothing written, if one of those can't be made.
Bootstrapped begin_ledger(EventLog& log, const Clock& clock, Random& random,
                          const std::vector<WorkspaceDocument>& workspaces = {});

// For a log whose `tables` are restored: one more root key. The others stay as they are.
Bootstrapped add_root_key(EventLog& log, Tables& tables, const Clock& clock, Random& random);

// For a log whose `tables` are restored, and which goes on as another log than the one that it was:
// says in the ledger that the new key signs from here on, and why.
std::optional<LogFault> state_other_key(EventLog& log, Tables& tables, const Clock& clock,
                                        Random& random, const LogKeyRotated& rotated,
                                        const std::string& reason);

// The id that begin_ledger drew; nothing in a log that it never saw.
std::optional<std::uint64_t> node_id(const EventLog& log);

}  // namespace keyledger
