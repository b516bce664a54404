#pragma once
// Who may use what, as rows beside the events: where a key's hold on a scope begins and ends.

#include "ledger/log/event_log.hpp"
#include "ledger/rules/event.hpp"
#include "ledger/rules/key_state.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// In the family `access`, names and texts without NUL:
//   slug 0 scope 0 resource 0 key id, seq:u64be  ->  "+" or "-"   granted, or not any more
//   slug 0 "=" 0 seq:u64be                       ->  "a" or "n"   the workspace's emptyScopes
// `resource` is "kind/id" of a key that is bound to one, and empty for the others; `scope` is "-"
// of a key that has none. What ends with a key's own end is "-" too; a suspension and what time
// does are no rows: they are judged where it is asked.
inline constexpr std::string_view without_scopes = "-";

// Those of one event. `before` is the key that it speaks of as it stood, null if it made it.
void append_access_rows(std::vector<Row>& rows, const Event& event, const KeyState* before);

// What the row keys of these begin with.
std::string access_prefix(std::string_view slug);
std::string access_prefix(std::string_view slug, std::string_view scope);
std::string access_prefix(std::string_view slug, std::string_view scope, std::string_view resource);
std::string workspace_prefix(std::string_view slug);
std::string workspace_prefix_end(std::string_view slug);

// What a row key says. The views last as long as it does.
struct AccessRowKey {
    std::string_view slug, scope, resource;
    KeyId key;
    std::uint64_t seq = 0;
};
std::optional<AccessRowKey> parse_access_row_key(std::string_view row_key);

std::string resource_text(const std::optional<Resource>& resource);  // "kind/id", or empty

}  // namespace keyledger
