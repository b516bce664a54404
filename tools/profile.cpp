#include "tools/profile.hpp"

#include "http/admin/workspace_body.hpp"
#include "http/text/messages.hpp"
#include "tools/read_file.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace keyledger {
namespace {

// As long as a body that makes a workspace may be by default.
constexpr std::size_t profile_bytes_max = 1024 * 1024;

std::string names_of_shipped() {
    std::string names;
    for (const ShippedProfile& profile : shipped_profiles()) {
        if (!names.empty()) names += ", ";
        names += profile.name;
    }
    return names;
}

LoadedProfile parsed(const std::string& name, std::string_view text) {
    Parsed<WorkspaceBody> body = parse_workspace(text);
    if (body) return {std::move(body->document), {}};
    LoadedProfile loaded;
    for (const FieldFault& fault : body.faults()) {
        if (!loaded.problem.empty()) loaded.problem += '\n';
        loaded.problem += name + ": ";
        if (!fault.pointer.empty()) loaded.problem += fault.pointer + ": ";
        loaded.problem += text_of(Locale::en, fault.problem, fault.arguments);
    }
    return loaded;
}

}  // namespace

LoadedProfile load_profile(const std::string& name_or_path) {
    const auto shipped = shipped_profiles();
    const auto found = std::ranges::find(shipped, name_or_path, &ShippedProfile::name);
    if (found != shipped.end()) return parsed(name_or_path, found->document);
    const FileText file = read_file(name_or_path, profile_bytes_max);
    if (file.problem.empty()) return parsed(name_or_path, file.text);
    return {{},
            name_or_path + " is neither a profile that comes with the program (" +
                names_of_shipped() + ") nor a file that can be read: " + file.problem};
}

}  // namespace keyledger
