#pragma once
// A key as its events have made it.

#include "ledger/base/bytes.hpp"
#include "ledger/base/time.hpp"
#include "ledger/rules/address.hpp"
#include "ledger/rules/identifiers.hpp"
#include "ledger/rules/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::size_t secrets_kept_max = 256;  // an older one is forgotten, and `unknown`
inline constexpr std::size_t name_bytes_max = 200;
inline constexpr std::size_t owner_bytes_max = 200;
inline constexpr std::size_t metadata_bytes_max = 8 * 1024;
inline constexpr std::size_t reason_bytes_max = 1000;
inline constexpr std::size_t ranges_per_key_max = 100;

// What a key may be bound to: it then works for that one alone.
struct Resource {
    std::string kind;
    std::string id;
    friend bool operator==(const Resource&, const Resource&) = default;
};

// One version of a key's credential.
struct Secret {
    std::uint32_t version = 1;
    Digest digest{};
    std::string hint;  // empty for an imported one
    Timestamp created_at{};
    std::optional<Timestamp> valid_until;  // set when a later version took over
    friend bool operator==(const Secret&, const Secret&) = default;
};

// Whether a key was minted here, or only its digest was brought in.
enum class Origin : std::uint8_t { minted, imported };

// What an administrator sets, and may change.
struct KeySettings {
    std::string name;
    std::string owner;     // empty: none
    std::string metadata;  // a JSON object's text, empty: none
    std::optional<Timestamp> expires_at;
    std::optional<RateLimit> rate_limit;  // none: the environment's
    std::optional<QuotaLimit> quota;
    std::vector<AddressRange> allowed_ranges;  // empty: from everywhere
    friend bool operator==(const KeySettings&, const KeySettings&) = default;
};

// What its uses have made of it; changes often, and is not part of its revision.
struct KeyUse {
    std::uint64_t total = 0;                // checks counted, of any outcome
    std::optional<Timestamp> last_used_at;  // newest valid one
    std::uint64_t last_seq = 0;             // newest event that speaks of the key, of any kind
    std::uint64_t quota_spent = 0;          // in the window of `quota_window`
    std::int64_t quota_window = 0;          // window_index; 0 without a window
    friend bool operator==(const KeyUse&, const KeyUse&) = default;
};

struct KeyState {
    KeyId id;
    std::string workspace;
    std::string environment;
    KeySettings settings;
    std::vector<std::string> scopes;  // in canonical order
    std::optional<Resource> resource;
    std::optional<Timestamp> not_before;
    Timestamp created_at{};
    std::optional<Timestamp> rotated_at, suspended_at, revoked_at;
    Origin origin = Origin::minted;
    std::vector<Secret> secrets;  // oldest first; the last is the current one
    std::uint64_t revision = 0;   // counts its life-cycle events
    std::uint64_t created_seq = 0;
    std::uint64_t seq = 0;  // of its newest life-cycle event
    Digest head{};          // leaf hash of that event: the next one in its stream names it
    Digest commitments{};   // chain over the commitments of its erasable values
    friend bool operator==(const KeyState&, const KeyState&) = default;
};

enum class KeyStatus : std::uint8_t { active, suspended, expired, revoked, pending };

// At `now`: revoked before suspended, before pending, before expired.
KeyStatus status_of(const KeyState& key, Timestamp now);
std::string_view to_text(KeyStatus status);

// The secret with that digest, ended or not; null if it is none of the key's.
const Secret* find_secret(const KeyState& key, const Digest& digest);

// Units of `quota` left at `now`.
std::uint64_t quota_remaining(const QuotaLimit& quota, const KeyUse& use, Timestamp now);

}  // namespace keyledger
