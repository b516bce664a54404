#include "ledger/rules/circumstances.hpp"

#include "ledger/rules/scope.hpp"

#include <algorithm>

namespace keyledger {
namespace {

// A key that expires, has a quota or is held to addresses may shut itself out one day.
enum class Administers : std::uint8_t { no, within_limits, freely };

Administers administers(const KeyState& key, Timestamp now) {
    if (key.workspace != system_slug || status_of(key, now) != KeyStatus::active || key.resource ||
        !covers(key.scopes, "keys:write")) {
        return Administers::no;
    }
    const KeySettings& settings = key.settings;
    const bool limited = settings.expires_at || settings.quota || !settings.allowed_ranges.empty();
    return limited ? Administers::within_limits : Administers::freely;
}

}  // namespace

Result<void> require_authority(const Circumstances& given, std::string_view workspace,
                               const std::vector<std::string>& scopes, std::string field) {
    const auto& authority = given.submission.authority;
    if (!authority) return {};
    if (workspace == system_slug) {
        if (authority->bound_workspace) return Rejection{Refusal::beyond_authority};
        const auto beyond = std::ranges::find_if_not(
            scopes, [&](const std::string& scope) { return covers(authority->scopes, scope); });
        if (beyond != scopes.end()) {
            return Rejection{Refusal::beyond_authority, std::move(field), {*beyond}};
        }
    } else if (authority->bound_workspace && *authority->bound_workspace != workspace) {
        return Rejection{Refusal::beyond_authority};
    }
    return {};
}

const KeyState* key_of_token(const Circumstances& given, const Digest& digest) {
    const KeyState* key = given.state.key_of_digest(digest);
    return key && find_secret(*key, digest) ? key : nullptr;
}

bool can_administer(const KeyState& key, Timestamp now) {
    return administers(key, now) == Administers::freely;
}

Result<void> require_administrator_without(const Circumstances& given,
                                           const std::function<bool(const KeyState&)>& removed) {
    if (given.submission.force) return {};
    Administers before = Administers::no;
    Administers after = Administers::no;
    given.state.each_key(system_slug, [&](const KeyState& key) {
        const Administers able = administers(key, given.now);
        before = std::max(before, able);
        if (!removed(key)) after = std::max(after, able);
    });
    if (after < before) return Rejection{Refusal::last_administrator};
    return {};
}

Result<void> require_administrator_without(const Circumstances& given, const KeyState& removed) {
    if (removed.workspace != system_slug) return {};
    return require_administrator_without(
        given, [&](const KeyState& key) { return key.id == removed.id; });
}

}  // namespace keyledger
