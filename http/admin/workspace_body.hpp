#pragma once
// The JSON bodies of requests that make or change a workspace, as typed values.

#include "http/admin/bodies.hpp"
#include "ledger/rules/workspace.hpp"

#include <cstddef>
#include <string_view>

namespace keyledger {

inline constexpr std::size_t workspace_name_bytes_max = 200;
inline constexpr std::size_t scope_description_bytes_max = 500;
inline constexpr std::size_t dialect_body_bytes_max = 8 * 1024;
inline constexpr std::size_t dialect_texts_max = 100;       // in `messages`, and in `names`
inline constexpr std::size_t dialect_text_bytes_max = 500;  // of each
inline constexpr std::size_t content_type_bytes_max = 100;

struct WorkspaceBody {
    WorkspaceDocument document;
    Remarks remarks;
};

// A whole document (api: "A workspace document").
Parsed<WorkspaceBody> parse_workspace(std::string_view body);

// `current` as the RFC 7396 merge patch leaves it, which must be a document again. The slug stays.
Parsed<WorkspaceBody> parse_workspace_patch(std::string_view body,
                                            const WorkspaceDocument& current);

// A plain media type whose subtype is json or ends in +json, with no parameter but charset=utf-8.
bool is_json_type(std::string_view text);

}  // namespace keyledger
