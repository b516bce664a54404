#pragma once
// A workspace: a tenant, with its prefix, environments, scope catalogue and error dialect.

#include "ledger/rules/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyledger {

inline constexpr std::string_view system_slug = "system";
inline constexpr std::size_t environments_max = 32;
inline constexpr std::size_t catalogue_max = 1000;
inline constexpr std::size_t document_bytes_max = 24 * 1024;

struct Environment {
    std::string name;
    std::string tag;  // stands in the tokens
    std::optional<RateLimit> rate_limit;
    friend bool operator==(const Environment&, const Environment&) = default;
};

struct ScopeEntry {
    std::string name;
    std::string description;
    friend bool operator==(const ScopeEntry&, const ScopeEntry&) = default;
};

enum class EmptyScopes : std::uint8_t { none, all };  // what an empty list of scopes grants
enum class OnStale : std::uint8_t { deny, serve };    // what a node without a fresh lease does
enum class Locale : std::uint8_t { en, es };

// How denials look to a workspace's clients. The body is a JSON template, kept as its text.
struct ErrorDialect {
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> messages;  // by code or status
    std::vector<std::pair<std::string, std::string>> names;
    friend bool operator==(const ErrorDialect&, const ErrorDialect&) = default;
};

struct WorkspaceDocument {
    std::string slug;
    std::string name;
    std::string prefix;
    std::vector<Environment> environments;
    std::vector<ScopeEntry> scopes;  // empty: any well-formed scope may be granted
    EmptyScopes empty_scopes = EmptyScopes::none;
    OnStale on_stale = OnStale::deny;
    Locale locale = Locale::en;
    std::optional<ErrorDialect> errors;
    friend bool operator==(const WorkspaceDocument&, const WorkspaceDocument&) = default;
};

struct WorkspaceState {
    WorkspaceDocument document;
    std::uint64_t revision = 0;  // counts its events
    std::uint64_t seq = 0;       // of its newest event
    Timestamp created_at{};
    Timestamp changed_at{};
    friend bool operator==(const WorkspaceState&, const WorkspaceState&) = default;
};

// Null if there is none of that name.
const Environment* find_environment(const WorkspaceDocument& document, std::string_view name);

// Whether keys may be given this scope: one that the catalogue lists, `resource:*` where it lists
// any scope of that resource, and `*` always. An empty catalogue holds every well-formed scope.
bool in_catalogue(const WorkspaceDocument& document, std::string_view scope);

}  // namespace keyledger
