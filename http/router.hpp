#pragma once
// Which handler a request is for.

#include "http/data/data_route.hpp"
#include "http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// The routes of administration, health and metrics, in the order of the table in router.cpp.
enum class Action : std::uint8_t {
    create_workspace,
    list_workspaces,
    get_workspace,
    change_workspace,
    create_key,
    list_keys,
    import_keys,
    revoke_keys,
    revoke_tokens,
    find_tokens,
    get_key,
    change_key,
    set_scopes,
    rotate_key,
    revoke_key,
    suspend_key,
    resume_key,
    key_events,
    key_usage,
    explain_key,
    events,
    make_backup,
    ledger_checkpoint,
    ledger_key,
    ledger_policy,
    ledger_entry,
    inclusion_proof,
    consistency_proof,
    receipt,
    tile,
    access,
    livez,
    readyz,
    metrics,
    version,
    openapi,
};

// How much of a body a route reads.
enum class BodyRead : std::uint8_t { nothing, usual, import };

struct Routed {
    enum class Kind : std::uint8_t { data, action, wrong_method, unknown } kind = Kind::unknown;
    DataRoute data{};
    std::string_view rest;  // of a data route: the path behind its own part
    Action action{};
    std::vector<std::string> captures;  // of an action: the variable segments, decoded once
    BodyRead body = BodyRead::nothing;
    std::string allow;  // of wrong_method: what Allow says
};

// Paths are matched as raw bytes, never normalised. HEAD is GET without a body.
Routed route(Method method, std::string_view path);

}  // namespace keyledger
