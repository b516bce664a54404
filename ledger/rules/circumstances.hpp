#pragma once
// What every rule of decide needs beside its own command, and the checks that several share.

#include "ledger/rules/decide.hpp"

namespace keyledger {

struct Circumstances {
    LedgerView& state;
    const Submission& submission;
    Timestamp now;
};

inline Draft on_key_stream(const KeyState& key, EventBody body) {
    return {.workspace = key.workspace,
            .stream = {.kind = StreamKind::key, .key = key.id},
            .body = std::move(body)};
}

// On `system` a caller can grant, rotate or change only within its own scopes, and one that is
// bound to a workspace can touch no other, nor `system` at all: an unbound key made there would
// unbind it. `field` is where the command states the scopes; empty if they are a key's that it
// touches.
Result<void> require_authority(const Circumstances& given, std::string_view workspace,
                               const std::vector<std::string>& scopes, std::string field = "");

// The key that a token opens; null if there is none, or it has forgotten that secret.
const KeyState* key_of_token(const Circumstances& given, const Digest& digest);

// Once the keys that `removed` names are gone, a key must be left that can administer as freely as
// any did before, unless the caller insists. Asked before each removal, and before each change that
// limits a key.
Result<void> require_administrator_without(const Circumstances& given,
                                           const std::function<bool(const KeyState&)>& removed);
// The same for one key; costs nothing for keys of other workspaces.
Result<void> require_administrator_without(const Circumstances& given, const KeyState& removed);

}  // namespace keyledger
