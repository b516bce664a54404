#include "tools/report/report_kinds.hpp"

#include "tools/commands/event_detail.hpp"

#include <algorithm>

namespace keyledger {

namespace {

constexpr Column inventory_columns[] = {
    {"KEY", "id"},
    {"WORKSPACE", "workspace"},
    {"STATUS", "status"},
    {"OWNER", "owner"},
    {"ENVIRONMENT", "environment"},
    {"CREATED", "createdAt"},
    {"LAST USED", "lastUsedAt"},
    {"ROTATED", "rotatedAt"},
    {"EXPIRES", "expiresAt"},
    {"SUSPENDED", "suspendedAt"},
    {"REVOKED", "revokedAt"},
    {"SECRETS", "secrets"},
    {"RESOURCE", "resource"},
    {"SCOPES", "scopes"},
    {"NAME", "name"},
};
constexpr Column dormant_columns[] = {
    {"KEY", "id"},
    {"WORKSPACE", "workspace"},
    {"STATUS", "status"},
    {"OWNER", "owner"},
    {"CREATED", "createdAt"},
    {"LAST USED", "lastUsedAt"},
    {"IDLE SINCE", "idleSince"},
    {"IDLE DAYS", "idleDays"},
    {"SCOPES", "scopes"},
    {"NAME", "name"},
};
constexpr Column over_age_columns[] = {
    {"KEY", "id"},
    {"WORKSPACE", "workspace"},
    {"STATUS", "status"},
    {"OWNER", "owner"},
    {"CREATED", "createdAt"},
    {"ROTATED", "rotatedAt"},
    {"SECRET SINCE", "secretSince"},
    {"SECRET DAYS", "secretDays"},
    {"EXPIRES", "expiresAt"},
    {"SCOPES", "scopes"},
    {"NAME", "name"},
};
constexpr Column no_expiry_columns[] = {
    {"KEY", "id"},          {"WORKSPACE", "workspace"},  {"STATUS", "status"},
    {"OWNER", "owner"},     {"CREATED", "createdAt"},    {"LAST USED", "lastUsedAt"},
    {"ROTATED", "rotatedAt"}, {"SCOPES", "scopes"},      {"NAME", "name"},
};
constexpr Column privileged_columns[] = {
    {"KEY", "keyId"},          {"WORKSPACE", "workspace"},  {"SCOPE", "scope"},
    {"WHY", "why"},            {"SINCE SEQ", "sinceSeq"},   {"SINCE", "since"},
    {"BY", "actor.id"},        {"ADDRESS", "actor.address"}, {"OWNER", "owner"},
};
constexpr Column revocations_columns[] = {
    {"SEQ", "seq"},
    {"TIME", "time"},
    {"KEY", "keyId"},
    {"WORKSPACE", "workspace"},
    {"OWNER", "owner"},
    {"BY", "actor.id"},
    {"ADDRESS", "actor.address"},
    {"LAST USED", "lastUsedAt"},
    {"REFUSED AFTER", "refusedAfter"},
    {"FIRST REFUSED", "firstRefusedAt"},
    {"AFTER MS", "firstRefusalMs"},
    {"ACCEPTED AFTER", "acceptedAfter"},
    {"UNTIL MS", "acceptedAfterMs"},
    {"REASON", "reason"},
    {"NAME", "name"},
};
constexpr Column access_log_columns[] = {
    {"SEQ", "seq"},       {"TIME", "time"},           {"BY", "actor.id"},
    {"ADDRESS", "actor.address"}, {"READS", "count"}, {"FIRST", "first"},
    {"LAST", "last"},     {"EVENTS", "events"},       {"FROM", "from"},
    {"UNTIL", "until"},   {"WORKSPACE", "workspace"}, {"KEY", "keyId"},
    {"ROUTE", "route"},   {"FILTER", "filter"},
};
constexpr Column integrity_columns[] = {
    {"CHECK", "check"}, {"RESULT", "result"}, {"DETAIL", "detail"}};
constexpr Column history_columns[] = {
    {"SEQ", "seq"},
    {"TIME", "time"},
    {"TYPE", "type"},
    {"PROVED", "proved"},
    {"BY", "actor.id"},
    {"ADDRESS", "actor.address"},
    {"REASON", "reason"},
    {"DETAIL", "detail", event_detail},
};

constexpr ReportKind kinds[] = {
    {Report::inventory, "inventory", "All keys, as they stood", inventory_columns},
    {Report::dormant, "dormant", "Keys that may work and were not used", dormant_columns},
    {Report::over_age, "over-age", "Keys that may work and were not rotated", over_age_columns},
    {Report::no_expiry, "no-expiry", "Keys that may work and have no end", no_expiry_columns},
    {Report::privileged, "privileged", "Who held privileged scopes", privileged_columns},
    {Report::revocations, "revocations", "Revocations, and what the uses after them show",
     revocations_columns},
    {Report::access_log, "access-log", "Who read the history", access_log_columns},
    {Report::integrity, "integrity", "What was verified of the ledger", integrity_columns},
    {Report::key_history, "key", "The history of a key, proved", history_columns},
};

}  // namespace

std::span<const ReportKind> report_kinds() {
    return kinds;
}

const ReportKind* find_report(std::string_view name) {
    const auto found = std::ranges::find(kinds, name, &ReportKind::name);
    return found == std::end(kinds) ? nullptr : &*found;
}

}  // namespace keyledger
