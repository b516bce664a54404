#include "projections/export/exported_event.hpp"

#include "projections/export/event_json.hpp"

namespace keyledger {

std::optional<ExportFormat> parse_export_format(std::string_view name) {
    if (name == "ndjson") return ExportFormat::ndjson;
    if (name == "cloudevents") return ExportFormat::cloudevents;
    if (name == "ocsf") return ExportFormat::ocsf;
    return {};
}

void append_exported(std::string& out, ExportFormat format, const Event& event,
                     const Digest& leaf_hash, const Uuid& ledger) {
    switch (format) {
        case ExportFormat::ndjson:
            append_event(out, event, leaf_hash);
            return;
        case ExportFormat::cloudevents:
            append_cloud_event(out, event, leaf_hash, ledger);
            return;
        case ExportFormat::ocsf:
            append_ocsf_event(out, event, leaf_hash, ledger);
            return;
    }
}

}  // namespace keyledger
