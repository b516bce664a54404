#pragma once
// Turns a command into the events it causes, or refuses it.

#include "ledger/rules/command.hpp"
#include "ledger/rules/event.hpp"
#include "ledger/rules/judge.hpp"
#include "ledger/rules/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// What decide may look at: the state that all earlier commands have made. Pointers last until the
// next event is applied to it.
class LedgerView {
public:
    virtual ~LedgerView() = default;
    virtual const WorkspaceState* workspace(std::string_view slug) const = 0;
    virtual const KeyState* key(const KeyId& id) const = 0;
    // The key that has a secret of that digest, or had one and has forgotten it; null if none.
    virtual const KeyState* key_of_digest(const Digest& digest) const = 0;
    virtual const KeyUse& use(const KeyId& id) const = 0;
    virtual void each_key(std::string_view workspace,
                          const std::function<void(const KeyState&)>& visit) const = 0;
    // The seq that the first of decide's events will have; the others follow it.
    virtual std::uint64_t next_seq() const = 0;
    // The last flush that `node` and `boot` are known to have made; 0 if none.
    virtual std::uint64_t last_flush(std::uint64_t node, std::uint64_t boot) const = 0;
    // Whether the key's rate window has room at `now`; and takes one place in it if it has. The
    // window is shared with checks that need no event, so that room seen may be gone when it is
    // taken.
    virtual bool rate_open(const KeyId& id, const RateLimit& limit, Timestamp now) const = 0;
    virtual bool take_rate(const KeyId& id, const RateLimit& limit, Timestamp now) = 0;
};

// An event before the sequencer gives it its place.
struct Draft {
    std::string workspace;
    Stream stream;
    EventBody body;
};

// What RevokeDigests found for each digest, in order.
struct DigestResult {
    enum class Kind : std::uint8_t { revoked, already_revoked, unknown, refused } kind;
    std::optional<KeyId> key;
    friend bool operator==(const DigestResult&, const DigestResult&) = default;
};

// What UseKey came to. A use that is not valid causes no event: its caller counts it.
struct UseVerdict {
    Outcome outcome = Outcome::unknown;
    std::optional<KeyId> key;
    std::uint32_t secret_version = 0;
    std::uint64_t quota_remaining = 0;  // after it, of a key that has a quota
    friend bool operator==(const UseVerdict&, const UseVerdict&) = default;
};

struct Decision {
    std::vector<Draft> events;
    std::vector<DigestResult> digests;  // of RevokeDigests
    UseVerdict use;                     // of UseKey
};

// All it depends on is passed in, so that every node and every test agrees. `now` is never before
// the last event's time. Succeeds without events where there is nothing left to do.
Result<Decision> decide(LedgerView& state, const Submission& submission, Timestamp now);

// The most text that one KeysUsed holds; a flush that is longer becomes several.
inline constexpr std::size_t use_rows_bytes_max = 60 * 1024;

// A key of `system` that could let every other one in, whenever and from wherever it is used: what
// the last of is protected.
bool can_administer(const KeyState& key, Timestamp now);

}  // namespace keyledger
