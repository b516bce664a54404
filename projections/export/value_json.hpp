#pragma once
// The parts that keys, workspaces and events have in common, as JSON. What there is none of is
// null; an empty list is [].

#include "ledger/base/json_writer.hpp"
#include "ledger/rules/key_state.hpp"
#include "ledger/rules/workspace.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyledger {

void write_text_or_null(JsonWriter& writer, std::string_view text);  // empty: null
void write_json_or_null(JsonWriter& writer, std::string_view json);  // the same for JSON's own text
void write_texts(JsonWriter& writer, std::span<const std::string> texts);
void write_ranges(JsonWriter& writer, std::span<const AddressRange> ranges);
void write_rate_limit(JsonWriter& writer, const std::optional<RateLimit>& limit);
void write_quota_limit(JsonWriter& writer, const std::optional<QuotaLimit>& limit);
void write_resource(JsonWriter& writer, const std::optional<Resource>& resource);

// The members of a workspace document, into an object that is open: all of them, or only those in
// which it differs from `other`.
void write_workspace_members(JsonWriter& writer, const WorkspaceDocument& document,
                             const WorkspaceDocument* other = nullptr);

}  // namespace keyledger
