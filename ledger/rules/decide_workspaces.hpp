#pragma once
// The rules of workspaces, behind decide.

#include "ledger/rules/circumstances.hpp"

namespace keyledger {

Result<Decision> create_workspace(const Circumstances& given, const CreateWorkspace& command);
Result<Decision> change_workspace(const Circumstances& given, const ChangeWorkspace& command);

}  // namespace keyledger
