#pragma once
// The workspace that `serve --dev --profile` begins with: the document of a published contract.

#include "ledger/rules/workspace.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyledger {

// A file of tools/profiles, as it was when the program was built.
struct ShippedProfile {
    std::string_view name;      // "hostreach", of hostreach.json
    std::string_view document;  // JSON
};
std::span<const ShippedProfile> shipped_profiles();

// A document, or why there is none: a line for each thing that is wrong with it.
struct LoadedProfile {
    std::optional<WorkspaceDocument> document;
    std::string problem;
};

// A shipped profile by its name; anything else is the path of a workspace document.
LoadedProfile load_profile(const std::string& name_or_path);

}  // namespace keyledger
