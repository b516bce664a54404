#include "tools/report/event_reports.hpp"

#include "tools/json_build.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace keyledger {

namespace {

constexpr std::string_view system_workspace = "system";

const JsonValue& data_of(const JsonValue& event) {
    static const JsonValue none;
    const JsonValue* const data = event.find("data");
    return data ? *data : none;
}

std::uint64_t milliseconds(Duration duration) {
    return static_cast<std::uint64_t>(std::max(duration, Duration::zero()).count());
}

JsonValue after_by(const std::optional<Timestamp>& time, Timestamp revoked) {
    return time ? json_number(milliseconds(*time - revoked)) : JsonValue{};
}

// Compares an event's JSON, place by place.
class Agreement {
public:
    explicit Agreement(const JsonValue& proved) {
        for (const JsonValue& place : items_at(proved, "erased")) unknown_.insert(place.text);
    }

    bool holds(const JsonValue& proved, const JsonValue& shown, const std::string& place) const {
        if (place == "/erased" || unknown_.contains(place)) return true;
        const bool is_nested = proved.kind == JsonKind::object || proved.kind == JsonKind::array;
        if (!is_nested || proved.kind != shown.kind) return same(proved, shown);
        if (proved.items.size() != shown.items.size()) return false;
        for (std::size_t i = 0; i < proved.items.size(); ++i) {
            const JsonValue& left = proved.items[i];
            const bool is_list = proved.kind == JsonKind::array;
            const std::string name = is_list ? std::to_string(i) : left.name;
            if (left.name != shown.items[i].name) return false;
            if (!holds(left, shown.items[i], place + "/" + name)) return false;
        }
        return true;
    }

private:
    static bool same(const JsonValue& left, const JsonValue& right) {
        return left.kind == right.kind && left.text == right.text && left.truth == right.truth;
    }

    std::set<std::string> unknown_;
};

}  // namespace

RevocationFold::RevocationFold(JsonValue event)
    : event_(std::move(event)), revoked_(time_at(event_, "time").value_or(Timestamp{})) {}

std::string RevocationFold::key() const {
    return text_at(data_of(event_), "keyId");
}

std::uint64_t RevocationFold::seq() const {
    return number_at(event_, "seq").value_or(0);
}

void RevocationFold::take_row(After& after, Timestamp first, Timestamp last,
                              std::uint64_t count) const {
    if (last <= revoked_) return;
    const bool begins_after = first > revoked_;
    const Timestamp begin = begins_after ? first : last;
    after.count += begins_after ? count : 1;
    after.first = std::min(after.first.value_or(begin), begin);
    after.last = std::max(after.last.value_or(last), last);
}

bool RevocationFold::take(const JsonValue& uses) {
    const std::string id = key();
    for (const JsonValue& row : items_at(data_of(uses), "rows")) {
        if (text_at(row, "keyId") != id) continue;
        const std::optional<Timestamp> first = time_at(row, "first");
        const std::optional<Timestamp> last = time_at(row, "last");
        const std::optional<std::uint64_t> count = number_at(row, "count");
        if (!first || !last || !count) return false;
        const std::string outcome = text_at(row, "outcome");
        if (outcome == "valid") take_row(accepted_, *first, *last, *count);
        if (outcome == "revoked") take_row(refused_, *first, *last, *count);
    }
    return data_of(uses).find("rows") != nullptr;
}

JsonValue RevocationFold::item(const JsonValue& key) const {
    JsonValue item = json_object();
    copy_members(item, event_, {"seq", "time"});
    copy_members(item, data_of(event_), {"keyId"});
    copy_members(item, event_, {"workspace"});
    copy_members(item, key, {"owner", "name"});
    copy_members(item, event_, {"actor", "reason", "requestId"});
    copy_members(item, key, {"lastUsedAt"});
    add_member(item, "refusedAfter", json_number(refused_.count));
    add_member(item, "firstRefusedAt", json_time(refused_.first));
    add_member(item, "lastRefusedAt", json_time(refused_.last));
    add_member(item, "firstRefusalMs", after_by(refused_.first, revoked_));
    add_member(item, "acceptedAfter", json_number(accepted_.count));
    add_member(item, "acceptedAfterMs", after_by(accepted_.last, revoked_));
    return item;
}

std::optional<JsonValue> access_log_item(const JsonValue& event, std::string_view workspace) {
    const JsonValue& data = data_of(event);
    const std::string of = text_at(data, "workspace");
    if (!workspace.empty() && !of.empty() && of != workspace) return {};
    JsonValue item = json_object();
    copy_members(item, event, {"seq", "time", "actor"});
    copy_members(item, data,
                 {"route", "workspace", "keyId", "filter", "from", "until", "events", "count",
                  "first", "last"});
    return item;
}

std::optional<JsonValue> privileged_item(const JsonValue& access, const std::string& workspace,
                                         bool was_asked_for) {
    const std::string scope = text_at(access, "scope");
    std::string why;
    if (was_asked_for) {
        why = "asked";
    } else if (scope.empty()) {
        why = "empty list";
    } else if (scope == "*" || scope.ends_with(":*")) {
        why = "wildcard";
    } else if (workspace == system_workspace) {
        why = "administers";
    } else {
        return {};
    }
    JsonValue item = json_object();
    copy_members(item, access, {"keyId"});
    add_member(item, "workspace", json_text(workspace));
    copy_members(item, access, {"owner", "scope"});
    add_member(item, "why", json_text(why));
    copy_members(item, access, {"sinceSeq", "since", "actor"});
    return item;
}

bool agrees(const JsonValue& proved, const JsonValue& shown) {
    return Agreement(proved).holds(proved, shown, "");
}

}  // namespace keyledger
