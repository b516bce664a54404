#include "ledger/rules/key_state.hpp"

#include <algorithm>

namespace keyledger {

KeyStatus status_of(const KeyState& key, Timestamp now) {
    if (key.revoked_at) return KeyStatus::revoked;
    if (key.suspended_at) return KeyStatus::suspended;
    if (key.not_before && now < *key.not_before) return KeyStatus::pending;
    if (key.settings.expires_at && *key.settings.expires_at <= now) return KeyStatus::expired;
    return KeyStatus::active;
}

std::string_view to_text(KeyStatus status) {
    switch (status) {
        case KeyStatus::active: return "active";
        case KeyStatus::suspended: return "suspended";
        case KeyStatus::expired: return "expired";
        case KeyStatus::revoked: return "revoked";
        case KeyStatus::pending: return "pending";
    }
    return "";
}

// The newest is the likeliest.
const Secret* find_secret(const KeyState& key, const Digest& digest) {
    const auto found = std::find_if(key.secrets.rbegin(), key.secrets.rend(),
                                    [&](const Secret& secret) { return secret.digest == digest; });
    return found == key.secrets.rend() ? nullptr : &*found;
}

std::uint64_t quota_remaining(const QuotaLimit& quota, const KeyUse& use, Timestamp now) {
    const bool turned = quota.window && use.quota_window < window_index(now, *quota.window);
    const std::uint64_t spent = turned ? 0 : use.quota_spent;
    return quota.limit > spent ? quota.limit - spent : 0;
}

}  // namespace keyledger
