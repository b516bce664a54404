// OCSF 1.8.0: what happens to keys and workspaces is Entity Management (3004), checks are API
// Activity (6003), and what happens to the ledger is Event Log Activity (1008).

#include "ledger/base/bytes.hpp"
#include "ledger/base/json_writer.hpp"
#include "ledger/rules/overloaded.hpp"
#include "projections/export/event_json.hpp"
#include "projections/export/exported_event.hpp"

#include <algorithm>

namespace keyledger {
namespace {

struct OcsfClass {
    std::string_view name;
    std::uint32_t uid;  // of its category in thousands
};
constexpr OcsfClass entity_management{"Entity Management", 3004};
constexpr OcsfClass api_activity{"API Activity", 6003};
constexpr OcsfClass event_log_activity{"Event Log Activity", 1008};

struct Activity {
    OcsfClass in;
    std::uint32_t id;
    std::string_view name;
};

constexpr Activity created{entity_management, 1, "Create"};
constexpr Activity updated{entity_management, 3, "Update"};
constexpr Activity disabled{entity_management, 9, "Disable"};
constexpr Activity suspended{entity_management, 12, "Suspend"};
constexpr Activity resumed{entity_management, 13, "Resume"};
constexpr Activity checked{api_activity, 99, "Check"};
constexpr Activity log_read{event_log_activity, 99, "Read"};
constexpr Activity log_started{event_log_activity, 6, "Start"};
constexpr Activity log_stopped{event_log_activity, 7, "Stop"};
constexpr Activity log_stated{event_log_activity, 99, "Statement"};

Activity activity_of(const EventBody& body) {
    return std::visit(Overloaded{
                          [](const WorkspaceCreated&) { return created; },
                          [](const WorkspaceChanged&) { return updated; },
                          [](const KeyCreated&) { return created; },
                          [](const KeyScoped&) { return updated; },
                          [](const KeyChanged&) { return updated; },
                          [](const KeyRotated&) { return updated; },
                          [](const KeySuspended&) { return suspended; },
                          [](const KeyResumed&) { return resumed; },
                          [](const KeyRevoked&) { return disabled; },
                          [](const KeysUsed&) { return checked; },
                          [](const UsageGap&) { return log_stated; },
                          [](const LedgerStarted&) { return log_started; },
                          [](const LedgerStopped&) { return log_stopped; },
                          [](const HistoryRead&) { return log_read; },
                          [](const StreamHeadsSealed&) { return log_stated; },
                          [](const LogKeyRotated&) { return log_stated; },
                          [](const TablesDigest&) { return log_stated; },
                      },
                      body);
}

std::int64_t milliseconds(Timestamp time) {
    return time.time_since_epoch().count();
}

class OcsfWriter {
public:
    OcsfWriter(std::string& out, const Event& event, const Activity& activity)
        : writer_(out), event_(event), activity_(activity) {}

    void write(const Digest& leaf_hash, const Uuid& ledger) {
        writer_.begin_object();
        write_classification();
        write_metadata(ledger);
        write_actor();
        write_source();
        write_class_members();
        std::string whole;
        append_event(whole, event_, leaf_hash);
        writer_.key("unmapped").raw(whole).end_object();
    }

private:
    void write_classification() {
        const std::uint32_t uid = activity_.in.uid;
        writer_.field("class_uid", uid)
            .field("class_name", activity_.in.name)
            .field("category_uid", uid / 1000)
            .field("activity_id", activity_.id)
            .field("activity_name", activity_.name)
            .field("type_uid", uid * 100 + activity_.id)
            .field("severity_id", 1)  // informational
            .field("time", milliseconds(event_.envelope.time));
    }

    void write_metadata(const Uuid& ledger) {
        const Envelope& envelope = event_.envelope;
        writer_.key("metadata")
            .begin_object()
            .field("version", "1.8.0")
            .field("uid", to_text(envelope.id))
            .field("sequence", envelope.seq)
            .field("event_code", type_name(event_.body))
            .field("log_name", to_text(envelope.stream))
            .field("tenant_uid", envelope.workspace);
        if (!envelope.request_id.empty()) writer_.field("correlation_uid", envelope.request_id);
        writer_.key("product")
            .begin_object()
            .field("name", "keyledger")
            .field("vendor_name", "keyledger")
            .field("uid", to_text(ledger))
            .end_object()
            .end_object();
    }

    void write_actor() {
        const Actor& actor = event_.envelope.actor;
        writer_.key("actor").begin_object();
        if (actor.kind == ActorKind::admin_key) {
            writer_.key("user")
                .begin_object()
                .field("uid", to_text(actor.id))
                .field("type", "API Key")
                .field("type_id", 99)
                .end_object();
        } else {
            writer_.field("app_name", "keyledger");
        }
        writer_.end_object();
    }

    void write_source() {
        const std::string& address = event_.envelope.actor.address.value;
        writer_.key("src_endpoint").begin_object();
        if (address.empty())
            writer_.field("name", "not recorded");
        else
            writer_.field("ip", address);
        writer_.end_object();
    }

    void write_class_members() {
        if (const auto* used = std::get_if<KeysUsed>(&event_.body)) {
            write_checks(*used);
        } else if (activity_.in.uid == entity_management.uid) {
            write_entity();
        } else {
            writer_.field("log_name", "keyledger").field("log_provider", "keyledger");
        }
        const std::string& reason = event_.envelope.reason.value;
        if (reason.empty()) return;
        writer_.field(activity_.in.uid == entity_management.uid ? "comment" : "message", reason);
    }

    void write_entity() {
        const KeyId* key = key_of(event_.body);
        writer_.key("entity")
            .begin_object()
            .field("uid", key ? to_text(*key) : event_.envelope.workspace)
            .field("type", key ? "API Key" : "Workspace")
            .field("type_id", 99)
            .end_object();
    }

    // All rows in one: which key was checked how often stands in `resources`.
    void write_checks(const KeysUsed& used) {
        writer_.key("api").begin_object().field("operation", "check").key("token");
        writer_.begin_object().field("type", "API Token").field("type_id", 7).end_object();
        writer_.end_object().key("resources").begin_array();
        std::uint64_t count = 0;
        for (const UseRow& row : used.rows) {
            count += row.count;
            writer_.begin_object()
                .field("uid", to_text(row.key))
                .field("type", "API Key")
                .key("data")
                .begin_object()
                .field("outcome", to_text(row.outcome))
                .field("count", row.count)
                .end_object()
                .end_object();
        }
        writer_.end_array();
        if (used.rows.empty()) return;
        const auto& first = std::ranges::min(used.rows, {}, &UseRow::first);
        const auto& last = std::ranges::max(used.rows, {}, &UseRow::last);
        writer_.field("count", count)
            .field("start_time", milliseconds(first.first))
            .field("end_time", milliseconds(last.last));
    }

    JsonWriter writer_;
    const Event& event_;
    const Activity activity_;
};

}  // namespace

void append_ocsf_event(std::string& out, const Event& event, const Digest& leaf_hash,
                       const Uuid& ledger) {
    OcsfWriter(out, event, activity_of(event.body)).write(leaf_hash, ledger);
}

}  // namespace keyledger
