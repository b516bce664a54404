// CloudEvents 1.0 in structured JSON, with the extensions that it registers for sequence,
// partitioning and authentication.

#include "ledger/base/json_writer.hpp"
#include "projections/export/event_json.hpp"
#include "projections/export/exported_event.hpp"

#include <cctype>

namespace keyledger {
namespace {

constexpr std::size_t sequence_digits = 20;  // it is compared as text

std::string sequence(std::uint64_t seq) {
    std::string digits = std::to_string(seq);
    return std::string(sequence_digits - digits.size(), '0') + digits;
}

// "KeyCreated" is "io.keyledger.key_created".
std::string type_of(const EventBody& body) {
    std::string type = "io.keyledger";
    char separator = '.';
    for (const char character : type_name(body)) {
        if (std::isupper(static_cast<unsigned char>(character))) {
            type += separator;
            separator = '_';
        }
        type += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    }
    return type;
}

// What it happened to: a key, or else a workspace.
std::string subject_of(const Event& event) {
    const KeyId* key = key_of(event.body);
    return key ? to_text(*key) : event.envelope.workspace;
}

}  // namespace

void append_cloud_event(std::string& out, const Event& event, const Digest& leaf_hash,
                        const Uuid& ledger) {
    const Envelope& envelope = event.envelope;
    const bool by_admin = envelope.actor.kind == ActorKind::admin_key;
    JsonWriter writer(out);
    writer.begin_object()
        .field("specversion", "1.0")
        .field("id", to_text(envelope.id))
        .field("source", "urn:uuid:" + to_text(ledger))
        .field("type", type_of(event.body));
    const std::string subject = subject_of(event);
    if (!subject.empty()) writer.field("subject", subject);
    writer.field("time", envelope.time)
        .field("datacontenttype", "application/json")
        .field("sequence", sequence(envelope.seq))
        .field("partitionkey", to_text(envelope.stream))
        .field("authtype", by_admin ? "api_key" : "system");
    if (by_admin) writer.field("authid", to_text(envelope.actor.id));
    if (!envelope.request_id.empty()) writer.field("correlationid", envelope.request_id);
    std::string data;
    append_event(data, event, leaf_hash);
    writer.key("data").raw(data).end_object();
}

}  // namespace keyledger
