#include "projections/export/event_json.hpp"

#include "ledger/rules/overloaded.hpp"
#include "projections/export/value_json.hpp"

namespace keyledger {
namespace {

// A node or a boot: 64 bits, which a JSON number would not keep everywhere.
std::string number_text(std::uint64_t number) {
    return std::to_string(number);
}

class EventWriter {
public:
    EventWriter(std::string& out, const RowFilter& shows_row)
        : writer_(out), shows_row_(shows_row) {}

    void write(const Event& event, const Digest& leaf_hash) {
        const Envelope& envelope = event.envelope;
        writer_.begin_object()
            .field("seq", envelope.seq)
            .field("id", to_text(envelope.id))
            .field("type", type_name(event.body))
            .field("version", event_version)
            .field("time", envelope.time)
            .field("workspace", envelope.workspace)
            .field("stream", to_text(envelope.stream))
            .field("revision", envelope.stream_revision);
        write_actor(writer_.key("actor"), envelope.actor);
        if (envelope.actor.address.erased) erased_.emplace_back("/actor/address");
        write_text_or_null(writer_.key("requestId"), envelope.request_id);
        erasable("reason", envelope.reason, "/reason");
        writer_.key("data").begin_object();
        std::visit([&](const auto& body) { members(body); }, event.body);
        writer_.end_object();
        writer_.field("leafHash", to_base64(view_of(leaf_hash)));
        write_texts(writer_.key("erased"), erased_);
        writer_.end_object();
    }

private:
    // A member that may have been erased, which its place then tells.
    void erasable(std::string_view name, const Erasable& value, std::string_view place) {
        write_text_or_null(writer_.key(name), value.value);
        if (value.erased) erased_.emplace_back(place);
    }

    void metadata(const Erasable& value, const std::string& place) {
        write_json_or_null(writer_.key("metadata"), value.value);
        if (value.erased) erased_.push_back(place);
    }

    void members(const WorkspaceCreated& created) {
        write_workspace_members(writer_, created.document);
    }

    void members(const WorkspaceChanged& changed) {
        writer_.key("before").begin_object();
        write_workspace_members(writer_, changed.before, &changed.after);
        writer_.end_object().key("after").begin_object();
        write_workspace_members(writer_, changed.after, &changed.before);
        writer_.end_object();
    }

    void members(const KeyCreated& created) {
        writer_.field("keyId", to_text(created.key)).field("environment", created.environment);
        constexpr std::uint32_t all = (1U << settings_count) - 1;
        write_settings(created.settings, all, "/data/");
        write_texts(writer_.key("scopes"), created.scopes);
        write_resource(writer_.key("resource"), created.resource);
        writer_.field("notBefore", created.not_before)
            .field("origin", created.origin == Origin::imported ? "import" : "mint")
            .field("secretVersion", 1);
        write_text_or_null(writer_.key("hint"), created.hint);
    }

    void members(const KeyScoped& scoped) {
        writer_.field("keyId", to_text(scoped.key)).key("before").begin_object();
        write_texts(writer_.key("scopes"), scoped.before);
        writer_.end_object().key("after").begin_object();
        write_texts(writer_.key("scopes"), scoped.after);
        writer_.end_object();
    }

    void members(const KeyChanged& changed) {
        writer_.field("keyId", to_text(changed.key)).key("before").begin_object();
        write_settings(changed.before, changed.changed, "/data/before/");
        writer_.end_object().key("after").begin_object();
        write_settings(changed.after, changed.changed, "/data/after/");
        writer_.end_object();
    }

    void members(const KeyRotated& rotated) {
        writer_.field("keyId", to_text(rotated.key)).field("secretVersion", rotated.version);
        write_text_or_null(writer_.key("hint"), rotated.hint);
        writer_.field("olderValidUntil", rotated.older_valid_until);
    }

    void members(const KeySuspended& suspended) { writer_.field("keyId", to_text(suspended.key)); }
    void members(const KeyResumed& resumed) { writer_.field("keyId", to_text(resumed.key)); }
    void members(const KeyRevoked& revoked) { writer_.field("keyId", to_text(revoked.key)); }

    void members(const KeysUsed& used) {
        writer_.field("node", number_text(used.flush.node))
            .field("boot", number_text(used.flush.boot))
            .field("flush", number_text(used.flush.number))
            .key("rows")
            .begin_array();
        std::size_t shown = 0;
        for (const UseRow& row : used.rows) {
            if (!shows_row_ || shows_row_(row)) write_row(row, shown++);
        }
        writer_.end_array();
    }

    void members(const UsageGap& gap) {
        write_start(gap.node, gap.boot);
        writer_.field("from", gap.from).field("until", gap.until);
    }

    void members(const LedgerStarted& started) {
        write_start(started.node, started.boot);
        writer_.field("version", started.version);
    }

    void members(const LedgerStopped& stopped) { write_start(stopped.node, stopped.boot); }

    void members(const HistoryRead& read) {
        writer_.field("route", read.route);
        write_text_or_null(writer_.key("keyId"),
                           read.of_key == KeyId{} ? std::string() : to_text(read.of_key));
        write_text_or_null(writer_.key("workspace"), read.of_workspace);
        write_text_or_null(writer_.key("filter"), read.filter);
        writer_.field("from", read.from)
            .field("until", read.until)
            .field("events", read.events)
            .field("count", read.count)
            .field("first", read.first)
            .field("last", read.last);
    }

    void members(const StreamHeadsSealed& sealed) {
        writer_.field("root", to_base64(view_of(sealed.root)))
            .field("keys", sealed.keys)
            .field("atSeq", sealed.at_seq);
    }

    void members(const LogKeyRotated& rotated) {
        writer_.field("before", rotated.before).field("after", rotated.after);
    }

    void members(const TablesDigest& digest) {
        const auto* bytes = reinterpret_cast<const char*>(digest.digest.data());
        writer_.field("atSeq", digest.at_seq)
            .field("digest", to_hex({bytes, digest.digest.size()}));
    }

    void write_start(std::uint64_t node, std::uint64_t boot) {
        writer_.field("node", number_text(node)).field("boot", number_text(boot));
    }

    // Those that `which` has a bit for, as Setting numbers them; `place` is where they stand.
    void write_settings(const StatedSettings& settings, std::uint32_t which,
                        const std::string& place) {
        const auto wanted = [&](Setting setting) {
            return (which >> static_cast<unsigned>(setting)) & 1U;
        };
        if (wanted(Setting::name)) erasable("name", settings.name, place + "name");
        if (wanted(Setting::owner)) erasable("owner", settings.owner, place + "owner");
        if (wanted(Setting::metadata)) metadata(settings.metadata, place + "metadata");
        if (wanted(Setting::expires_at)) writer_.field("expiresAt", settings.expires_at);
        if (wanted(Setting::rate_limit)) {
            write_rate_limit(writer_.key("rateLimit"), settings.rate_limit);
        }
        if (wanted(Setting::quota)) write_quota_limit(writer_.key("quota"), settings.quota);
        if (wanted(Setting::allowed_ranges)) {
            write_ranges(writer_.key("allowedIps"), settings.allowed_ranges);
        }
    }

    void write_row(const UseRow& row, std::size_t index) {
        writer_.begin_object()
            .field("keyId", to_text(row.key))
            .field("secretVersion", row.secret_version)
            .field("outcome", to_text(row.outcome));
        write_text_or_null(writer_.key("scope"), row.scope);
        write_text_or_null(writer_.key("resource"), row.resource);
        erasable("address", row.address, "/data/rows/" + std::to_string(index) + "/address");
        writer_.field("count", row.count)
            .field("spent", row.spent)
            .field("cost", row.cost)
            .field("first", row.first)
            .field("last", row.last)
            .field("total", row.total)
            .field("prevSeq", row.prev_seq)
            .end_object();
    }

    JsonWriter writer_;
    const RowFilter& shows_row_;
    std::vector<std::string> erased_;
};

}  // namespace

void append_event(std::string& out, const Event& event, const Digest& leaf_hash,
                  const RowFilter& shows_row) {
    EventWriter(out, shows_row).write(event, leaf_hash);
}

void write_actor(JsonWriter& writer, const Actor& actor) {
    const bool admin = actor.kind == ActorKind::admin_key;
    writer.begin_object().field("kind", admin ? "admin_key" : "system");
    write_text_or_null(writer.key("id"), admin ? to_text(actor.id) : std::string());
    write_text_or_null(writer.key("address"), actor.address.value);
    writer.end_object();
}

std::string to_text(const Stream& stream) {
    switch (stream.kind) {
        case StreamKind::key: return to_text(stream.key);
        case StreamKind::uses: return "uses";
        case StreamKind::audit: return "audit";
        case StreamKind::ledger: return "ledger";
    }
    return "";
}

}  // namespace keyledger
