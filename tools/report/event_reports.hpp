#pragma once
// What an auditor asks about what happened: pure folds of events, as the API answers them, into
// items of reports.

#include "http/json_document.hpp"
#include "ledger/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// A revocation, and what the uses after it show: how often the key was refused for it, and that
// nothing was let through. Give it every KeysUsed event of the key from the revocation's on.
//
// A row of uses tells its first and last time, and how many there were. Where a row begins before
// the revocation and ends after it, all that is known to be after is its last one: such a row
// counts as one. (A refusal in a row that began earlier was of a secret that a rotation had ended.)
// A check that had found the key before the revocation was committed may be let through after the
// event's own time: `acceptedAfterMs` is by how much.
class RevocationFold {
public:
    // A KeyRevoked event.
    explicit RevocationFold(JsonValue event);

    std::string key() const;
    std::uint64_t seq() const;
    // False if it is no event of uses as this program knows them.
    bool take(const JsonValue& uses);
    // With owner, name and last good use from `key`, which is the key as it stood then; null where
    // that can't be seen.
    JsonValue item(const JsonValue& key) const;

private:
    struct After {
        std::uint64_t count = 0;
        std::optional<Timestamp> first, last;
    };
    void take_row(After& after, Timestamp first, Timestamp last, std::uint64_t count) const;

    JsonValue event_;
    Timestamp revoked_;
    After refused_, accepted_;
};

// A reading of the history (HistoryRead), flat: who, from where, what of, how many. Nothing for one
// that asked for another workspace than `workspace` alone (empty: each is shown).
std::optional<JsonValue> access_log_item(const JsonValue& event, std::string_view workspace);

// An item of GET /v1/access, if it is privileged: `why` is `asked` where scopes were asked for, and
// else `wildcard`, `empty list` (which grants all in its workspace) or `administers` (any scope of
// `system`).
std::optional<JsonValue> privileged_item(const JsonValue& access, const std::string& workspace,
                                         bool was_asked_for);

// Whether `shown` says of an event what `proved` says, which was decoded from the bytes that were
// hashed. What stands there as a commitment alone, and is listed as erased, may be anything.
bool agrees(const JsonValue& proved, const JsonValue& shown);

}  // namespace keyledger
