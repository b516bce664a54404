#include "tools/report/key_reports.hpp"

#include "tools/json_build.hpp"

#include <algorithm>
#include <chrono>

namespace keyledger {

namespace {

bool may_work(const JsonValue& key) {
    const std::string status = text_at(key, "status");
    return status != "revoked" && status != "expired";
}

std::uint64_t days_between(Timestamp from, Timestamp to) {
    if (to <= from) return 0;
    return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::days>(to - from).count());
}

// A secret without an end, or one whose grace was not over.
std::uint64_t working_secrets(const JsonValue& key, Timestamp at) {
    if (!may_work(key)) return 0;
    const auto works = [at](const JsonValue& secret) {
        const std::optional<Timestamp> until = time_at(secret, "validUntil");
        return !until || *until > at;
    };
    const auto& secrets = items_at(key, "secrets");
    return static_cast<std::uint64_t>(std::count_if(secrets.begin(), secrets.end(), works));
}

void add_age(JsonValue& item, std::string_view since_name, std::string_view days_name,
             Timestamp since, Timestamp at) {
    add_member(item, since_name, json_time(since));
    add_member(item, days_name, json_number(days_between(since, at)));
}

}  // namespace

JsonValue inventory_item(const JsonValue& key, Timestamp at) {
    JsonValue item = json_object();
    copy_members(item, key,
                 {"id", "workspace", "name", "owner", "environment", "hint", "status", "scopes",
                  "resource", "createdAt", "notBefore", "lastUsedAt", "rotatedAt", "expiresAt",
                  "suspendedAt", "revokedAt", "rateLimit", "quota", "allowedIps"});
    add_member(item, "secrets", json_number(working_secrets(key, at)));
    copy_members(item, key, {"revision", "seq"});
    return item;
}

std::optional<JsonValue> dormant_item(const JsonValue& key, Timestamp cutoff, Timestamp at) {
    const std::optional<Timestamp> created = time_at(key, "createdAt");
    const std::optional<Timestamp> used = time_at(key, "lastUsedAt");
    if (!created || !may_work(key)) return {};
    const Timestamp idle_since = std::max(*created, used.value_or(*created));
    if (idle_since >= cutoff) return {};
    JsonValue item = inventory_item(key, at);
    add_age(item, "idleSince", "idleDays", idle_since, at);
    return item;
}

std::optional<JsonValue> over_age_item(const JsonValue& key, Timestamp cutoff, Timestamp at) {
    const std::optional<Timestamp> created = time_at(key, "createdAt");
    const std::optional<Timestamp> rotated = time_at(key, "rotatedAt");
    if (!created || !may_work(key)) return {};
    const Timestamp since = rotated.value_or(*created);
    if (since >= cutoff) return {};
    JsonValue item = inventory_item(key, at);
    add_age(item, "secretSince", "secretDays", since, at);
    return item;
}

std::optional<JsonValue> unending_item(const JsonValue& key, Timestamp at) {
    const JsonValue* const expires = key.find("expiresAt");
    const bool ends = expires && expires->kind != JsonKind::null;
    if (ends || !may_work(key)) return {};
    return inventory_item(key, at);
}

}  // namespace keyledger
