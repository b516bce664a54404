#pragma once
// An event in the formats that others read.

#include "ledger/rules/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

enum class ExportFormat : std::uint8_t { ndjson, cloudevents, ocsf };

std::optional<ExportFormat> parse_export_format(std::string_view name);

// Appends one JSON document without a line's end. `ledger` names the ledger among others: the id of
// its first event.
void append_exported(std::string& out, ExportFormat format, const Event& event,
                     const Digest& leaf_hash, const Uuid& ledger);

// The formats by themselves, for tests.
void append_cloud_event(std::string& out, const Event& event, const Digest& leaf_hash,
                        const Uuid& ledger);
void append_ocsf_event(std::string& out, const Event& event, const Digest& leaf_hash,
                       const Uuid& ledger);

}  // namespace keyledger
