#include "http/admin/documents.hpp"

#include "projections/export/value_json.hpp"

namespace keyledger {
namespace {

void write_secrets(JsonWriter& writer, const std::vector<Secret>& secrets) {
    writer.begin_array();
    for (const Secret& secret : secrets) {
        writer.begin_object().field("version", secret.version);
        write_text_or_null(writer.key("hint"), secret.hint);
        writer.field("createdAt", secret.created_at).field("validUntil", secret.valid_until);
        writer.end_object();
    }
    writer.end_array();
}

}  // namespace

void append_workspace(std::string& out, const WorkspaceState& workspace) {
    JsonWriter writer(out);
    writer.begin_object();
    write_workspace_members(writer, workspace.document);
    writer.field("revision", workspace.revision)
        .field("seq", workspace.seq)
        .field("createdAt", workspace.created_at)
        .field("changedAt", workspace.changed_at)
        .end_object();
}

void append_key(std::string& out, const KeyState& key, const KeyUse& use, Timestamp now) {
    JsonWriter writer(out);
    writer.begin_object();
    write_key_members(writer, key, use, now);
    writer.end_object();
}

void write_key_members(JsonWriter& writer, const KeyState& key, const KeyUse& use, Timestamp now) {
    writer.field("id", to_text(key.id)).field("workspace", key.workspace);
    write_text_or_null(writer.key("name"), key.settings.name);  // none once it was erased
    writer.field("environment", key.environment);
    write_text_or_null(writer.key("hint"), key.secrets.empty() ? "" : key.secrets.back().hint);
    write_texts(writer.key("scopes"), key.scopes);
    write_resource(writer.key("resource"), key.resource);
    write_text_or_null(writer.key("owner"), key.settings.owner);
    write_json_or_null(writer.key("metadata"), key.settings.metadata);
    writer.field("status", to_text(status_of(key, now)))
        .field("createdAt", key.created_at)
        .field("notBefore", key.not_before)
        .field("expiresAt", key.settings.expires_at)
        .field("rotatedAt", key.rotated_at)
        .field("suspendedAt", key.suspended_at)
        .field("revokedAt", key.revoked_at)
        .field("lastUsedAt", use.last_used_at);
    write_rate_limit(writer.key("rateLimit"), key.settings.rate_limit);
    write_quota_state(writer.key("quota"), key, use, now);
    write_ranges(writer.key("allowedIps"), key.settings.allowed_ranges);
    write_secrets(writer.key("secrets"), key.secrets);
    writer.field("revision", key.revision).field("seq", key.seq);
}

void write_quota_state(JsonWriter& writer, const KeyState& key, const KeyUse& use, Timestamp now) {
    const std::optional<QuotaLimit>& quota = key.settings.quota;
    if (!quota) {
        writer.value(nullptr);
        return;
    }
    std::optional<std::string> window;
    std::optional<Timestamp> resets_at;
    if (quota->window) {
        window = to_text(*quota->window);
        resets_at = window_end(now, *quota->window);
    }
    writer.begin_object()
        .field("limit", quota->limit)
        .field("window", window)
        .field("remaining", quota_remaining(*quota, use, now))
        .field("resetsAt", resets_at)
        .end_object();
}

}  // namespace keyledger
