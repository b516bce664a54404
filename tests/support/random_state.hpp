#pragma once
// Keys, uses and workspaces with everything in them drawn from a seed.

#include "ledger/rules/key_state.hpp"
#include "ledger/rules/workspace.hpp"

#include <random>

namespace keyledger {

// Each optional value, text and list is absent about as often as not; numbers are often one of the
// ends of what they can be.
KeyState random_key_state(std::mt19937_64& engine);
KeyUse random_key_use(std::mt19937_64& engine);
WorkspaceState random_workspace_state(std::mt19937_64& engine);

}  // namespace keyledger
