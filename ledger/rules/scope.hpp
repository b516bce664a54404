#pragma once
// Scopes: `resource:action`; `resource:*` and `*` are the only wildcards.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::size_t scope_bytes_max = 128;
inline constexpr std::size_t scopes_per_key_max = 100;

// `part:part`, where a part is [A-Za-z0-9._-]+ and the second may be `*`; or `*` alone.
bool is_scope(std::string_view text);

// True if `granted` covers `wanted`, which may itself be a wildcard: `leads:*` covers `leads:read`
// and `leads:*`, and only `*` covers `*`.
bool covers(std::string_view granted, std::string_view wanted);
bool covers(std::span<const std::string> granted, std::string_view wanted);

// Sorted, each once: so that two lists that grant the same text are the same list.
std::vector<std::string> in_canonical_order(std::vector<std::string> scopes);

}  // namespace keyledger
