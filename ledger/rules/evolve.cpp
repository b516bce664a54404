#include "ledger/rules/evolve.hpp"

#include "ledger/base/sha256.hpp"
#include "ledger/rules/overloaded.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace keyledger {
namespace {

KeySettings settings_of(const StatedSettings& stated) {
    return {.name = stated.name.value,
            .owner = stated.owner.value,
            .metadata = stated.metadata.value,
            .expires_at = stated.expires_at,
            .rate_limit = stated.rate_limit,
            .quota = stated.quota,
            .allowed_ranges = stated.allowed_ranges};
}

// Erasing a value leaves its commitment, so that tables with and without it have one digest.
void chain_commitment(KeyState& key, const Erasable& erasable, Setting setting) {
    const char tag = static_cast<char>(setting);
    key.commitments = sha256({view_of(key.commitments), {&tag, 1}, view_of(erasable.commitment)});
}

void chain_commitments(KeyState& key, const StatedSettings& stated) {
    chain_commitment(key, stated.name, Setting::name);
    chain_commitment(key, stated.owner, Setting::owner);
    chain_commitment(key, stated.metadata, Setting::metadata);
}

void change(KeyState& key, const KeyChanged& changed) {
    const KeySettings after = settings_of(changed.after);
    KeySettings& now = key.settings;
    if (changed.has(Setting::name)) now.name = after.name;
    if (changed.has(Setting::owner)) now.owner = after.owner;
    if (changed.has(Setting::metadata)) now.metadata = after.metadata;
    if (changed.has(Setting::expires_at)) now.expires_at = after.expires_at;
    if (changed.has(Setting::rate_limit)) now.rate_limit = after.rate_limit;
    if (changed.has(Setting::quota)) now.quota = after.quota;
    if (changed.has(Setting::allowed_ranges)) now.allowed_ranges = after.allowed_ranges;
    chain_commitments(key, changed.after);
}

void rotate(KeyState& key, const KeyRotated& rotated, Timestamp time) {
    for (Secret& older : key.secrets) {
        const Timestamp until = rotated.older_valid_until;
        older.valid_until = older.valid_until ? std::min(*older.valid_until, until) : until;
    }
    key.secrets.push_back({.version = rotated.version,
                           .digest = rotated.digest,
                           .hint = rotated.hint,
                           .created_at = time,
                           .valid_until = {}});
    if (key.secrets.size() > secrets_kept_max) key.secrets.erase(key.secrets.begin());
    key.rotated_at = time;
}

}  // namespace

KeyState born(const Envelope& envelope, const KeyCreated& created, const Digest& leaf) {
    KeyState key{.id = created.key,
                 .workspace = envelope.workspace,
                 .environment = created.environment,
                 .settings = settings_of(created.settings),
                 .scopes = created.scopes,
                 .resource = created.resource,
                 .not_before = created.not_before,
                 .created_at = envelope.time,
                 .rotated_at = {},
                 .suspended_at = {},
                 .revoked_at = {},
                 .origin = created.origin,
                 .secrets = {},
                 .revision = envelope.stream_revision,
                 .created_seq = envelope.seq,
                 .seq = envelope.seq,
                 .head = leaf,
                 .commitments = {}};
    key.secrets.push_back({.version = 1,
                           .digest = created.digest,
                           .hint = created.hint,
                           .created_at = envelope.time,
                           .valid_until = {}});
    chain_commitments(key, created.settings);
    return key;
}

void evolve(KeyState& key, const Event& event, const Digest& leaf) {
    const Timestamp time = event.envelope.time;
    std::visit(Overloaded{
                   [&](const KeyScoped& scoped) { key.scopes = scoped.after; },
                   [&](const KeyChanged& changed) { change(key, changed); },
                   [&](const KeyRotated& rotated) { rotate(key, rotated, time); },
                   [&](const KeySuspended&) { key.suspended_at = time; },
                   [&](const KeyResumed&) { key.suspended_at.reset(); },
                   [&](const KeyRevoked&) { key.revoked_at = time; },
                   [](const auto&) { assert(false && "an event of a key's stream"); },
               },
               event.body);
    key.revision = event.envelope.stream_revision;
    key.seq = event.envelope.seq;
    key.head = leaf;
}

void evolve(KeyUse& use, const KeyState& before, const Event& event) {
    use.last_seq = event.envelope.seq;
    const auto* changed = std::get_if<KeyChanged>(&event.body);
    if (!changed || !changed->has(Setting::quota)) return;
    const auto& old_quota = before.settings.quota;
    const auto& new_quota = changed->after.quota;
    const Timestamp time = event.envelope.time;
    const bool turned =
        old_quota && old_quota->window && use.quota_window < window_index(time, *old_quota->window);
    if (!old_quota || !new_quota || turned) use.quota_spent = 0;
    use.quota_window = new_quota && new_quota->window ? window_index(time, *new_quota->window) : 0;
}

void evolve(KeyUse& use, const UseRow& row, const QuotaLimit* quota, std::uint64_t seq) {
    use.total = row.total;
    use.last_seq = seq;
    if (row.outcome == Outcome::valid) {
        use.last_used_at = use.last_used_at ? std::max(*use.last_used_at, row.last) : row.last;
    }
    if (row.cost == 0 || !quota) return;
    const std::int64_t window = quota->window ? window_index(row.last, *quota->window) : 0;
    if (window > use.quota_window) {
        use.quota_window = window;
        use.quota_spent = 0;
    }
    use.quota_spent += row.cost;
}

void evolve(WorkspaceState& workspace, const Event& event) {
    const Envelope& envelope = event.envelope;
    if (const auto* created = std::get_if<WorkspaceCreated>(&event.body)) {
        workspace.document = created->document;
        workspace.created_at = envelope.time;
    } else {
        const auto* changed = std::get_if<WorkspaceChanged>(&event.body);
        assert(changed);
        workspace.document = changed->after;
    }
    workspace.changed_at = envelope.time;
    workspace.revision += 1;
    workspace.seq = envelope.seq;
}

}  // namespace keyledger
