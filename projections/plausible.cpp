#include "projections/plausible.hpp"

#include "ledger/rules/limits.hpp"
#include "ledger/rules/overloaded.hpp"

#include <algorithm>
#include <chrono>

namespace keyledger {
namespace {

using std::chrono::sys_days;

// What to_rfc3339 writes; and from 1970 on for what the sequencer's clock has given.
constexpr Timestamp first_written = sys_days(std::chrono::year(1) / 1 / 1);
constexpr Timestamp last_written = sys_days(std::chrono::year(10'000) / 1 / 1) - Duration(1);
constexpr Timestamp first_counted{};

bool is_past(Timestamp time) {
    return time >= first_counted && time <= last_written;
}

bool is_written(Timestamp time) {
    return time >= first_written && time <= last_written;
}

bool is_written(const std::optional<Timestamp>& time) {
    return !time || is_written(*time);
}

bool is_window(Duration window) {
    return window > Duration{} && window <= duration_max;
}

bool is_sound(const std::optional<RateLimit>& rate) {
    return !rate || is_window(rate->window);
}

bool is_sound(const std::optional<QuotaLimit>& quota) {
    return !quota || !quota->window || is_window(*quota->window);
}

bool is_sound(const StatedSettings& settings) {
    return is_written(settings.expires_at) && is_sound(settings.rate_limit) &&
           is_sound(settings.quota);
}

bool is_sound(const WorkspaceDocument& document) {
    return is_slug(document.slug) && is_tag(document.prefix) &&
           std::ranges::all_of(document.environments, [](const Environment& environment) {
               return is_name(environment.name) && is_tag(environment.tag) &&
                      is_sound(environment.rate_limit);
           });
}

bool is_sound(const UseRow& row) {
    return is_past(row.first) && is_past(row.last);
}

}  // namespace

bool is_plausible(const Event& event) {
    if (!is_past(event.envelope.time)) return false;
    return std::visit(
        Overloaded{
            [](const WorkspaceCreated& e) { return is_sound(e.document); },
            [](const WorkspaceChanged& e) {
                return is_sound(e.before) && is_sound(e.after) && e.before.slug == e.after.slug;
            },
            [](const KeyCreated& e) { return is_sound(e.settings) && is_written(e.not_before); },
            [](const KeyChanged& e) { return is_sound(e.before) && is_sound(e.after); },
            [](const KeyRotated& e) { return is_written(e.older_valid_until); },
            [](const KeysUsed& e) {
                return std::ranges::all_of(e.rows, [](const UseRow& row) { return is_sound(row); });
            },
            [](const UsageGap& e) { return is_written(e.from) && is_written(e.until); },
            [](const HistoryRead& e) { return is_past(e.first) && is_past(e.last); },
            [](const auto&) { return true; },
        },
        event.body);
}

}  // namespace keyledger
