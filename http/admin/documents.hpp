#pragma once
// Keys and workspaces as they stand in answers: every member always there, null where there is
// nothing.

#include "ledger/base/json_writer.hpp"
#include "ledger/rules/key_state.hpp"
#include "ledger/rules/workspace.hpp"

#include <string>

namespace keyledger {

// Its document, and `revision`, `seq`, `createdAt` and `changedAt`.
void append_workspace(std::string& out, const WorkspaceState& workspace);

// At `now`, which settles its status and what is left of its quota. Never a digest.
void append_key(std::string& out, const KeyState& key, const KeyUse& use, Timestamp now);

// The same members into an object that is open, for an answer that adds to them.
void write_key_members(JsonWriter& writer, const KeyState& key, const KeyUse& use, Timestamp now);

// {limit, window, remaining, resetsAt}, or null.
void write_quota_state(JsonWriter& writer, const KeyState& key, const KeyUse& use, Timestamp now);

}  // namespace keyledger
