#include "ledger/rules/scope.hpp"

#include <algorithm>

namespace keyledger {

namespace {

constexpr std::string_view everything = "*";
constexpr std::string_view any_action = ":*";

bool in_part(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '.' || character == '_' ||
           character == '-';
}

bool is_part(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), in_part);
}

}  // namespace

bool is_scope(std::string_view text) {
    if (text == everything) return true;
    if (text.size() > scope_bytes_max) return false;
    const std::size_t colon = text.find(':');
    if (colon == text.npos) return false;
    const std::string_view action = text.substr(colon + 1);
    return is_part(text.substr(0, colon)) && (action == everything || is_part(action));
}

bool covers(std::string_view granted, std::string_view wanted) {
    if (granted == wanted || granted == everything) return true;
    if (!granted.ends_with(any_action)) return false;
    const std::string_view resource_and_colon = granted.substr(0, granted.size() - 1);
    return wanted.starts_with(resource_and_colon);
}

bool covers(std::span<const std::string> granted, std::string_view wanted) {
    return std::any_of(granted.begin(), granted.end(),
                       [&](const std::string& scope) { return covers(scope, wanted); });
}

std::vector<std::string> in_canonical_order(std::vector<std::string> scopes) {
    std::sort(scopes.begin(), scopes.end());
    scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
    return scopes;
}

}  // namespace keyledger
