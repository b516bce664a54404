#pragma once
// The facts that the ledger keeps. Each is past: nothing here can be refused.

#include "ledger/base/bytes.hpp"
#include "ledger/base/time.hpp"
#include "ledger/rules/key_state.hpp"
#include "ledger/rules/outcome.hpp"
#include "ledger/rules/workspace.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyledger {

// A value that may have to be erased one day: a person's name, an address, free text. The stored
// leaf holds only its commitment, SHA-256(salt || value); value and salt stand apart
// (ledger/stored/personal).
struct Erasable {
    std::string value;    // empty if there is none, or it was erased
    bool erased = false;  // there was one
    Digest commitment{};  // all zero if there is none; set when the event is encoded or decoded

    Erasable() = default;
    Erasable(std::string text) : value(std::move(text)) {}
    Erasable(const char* text) : value(text) {}
    // Equal in what they say; a commitment is salted, so that it differs each time.
    friend bool operator==(const Erasable& left, const Erasable& right) {
        return left.value == right.value && left.erased == right.erased;
    }
};

enum class StreamKind : std::uint8_t { ledger, key, uses, audit };

// What an event belongs to: a key's stream, or one of the three that there is one of.
struct Stream {
    StreamKind kind = StreamKind::ledger;
    KeyId key;  // for a key's stream
    friend bool operator==(const Stream&, const Stream&) = default;
};

enum class ActorKind : std::uint8_t { system, admin_key };

struct Actor {
    ActorKind kind = ActorKind::system;
    KeyId id;  // of an admin key
    Erasable address;
    friend bool operator==(const Actor&, const Actor&) = default;
};

// What lets a repeated request be known again. In the first event of those that a command caused.
struct Idempotency {
    Digest slot{};     // SHA-256 over caller, method, path and the Idempotency-Key
    Digest request{};  // SHA-256 of the body
    friend bool operator==(const Idempotency&, const Idempotency&) = default;
};

struct Envelope {
    std::uint64_t seq = 0;
    Uuid id{};
    Timestamp time{};  // given by the sequencer, never before the last one's
    std::string workspace;
    Stream stream;
    std::uint64_t stream_revision = 0;  // from 1
    Digest previous{};  // leaf hash of the stream's event before it; zero for the first
    Actor actor;
    std::string request_id;
    Erasable reason;
    std::optional<Idempotency> idempotency;
    // How many events the command caused, in the first of them; else 0.
    std::uint32_t command_events = 1;
    friend bool operator==(const Envelope&, const Envelope&) = default;
};

struct WorkspaceCreated {
    WorkspaceDocument document;
    friend bool operator==(const WorkspaceCreated&, const WorkspaceCreated&) = default;
};

struct WorkspaceChanged {
    WorkspaceDocument before, after;
    friend bool operator==(const WorkspaceChanged&, const WorkspaceChanged&) = default;
};

// KeySettings as an event says them, with what may be erased as such.
struct StatedSettings {
    Erasable name, owner, metadata;
    std::optional<Timestamp> expires_at;
    std::optional<RateLimit> rate_limit;
    std::optional<QuotaLimit> quota;
    std::vector<AddressRange> allowed_ranges;
    friend bool operator==(const StatedSettings&, const StatedSettings&) = default;
};

struct KeyCreated {
    KeyId key;
    std::string environment;
    StatedSettings settings;
    std::vector<std::string> scopes;
    std::optional<Resource> resource;
    std::optional<Timestamp> not_before;
    Origin origin = Origin::minted;
    Digest digest{};
    std::string hint;
    friend bool operator==(const KeyCreated&, const KeyCreated&) = default;
};

struct KeyScoped {
    KeyId key;
    std::vector<std::string> before, after;
    friend bool operator==(const KeyScoped&, const KeyScoped&) = default;
};

// Which settings a KeyChanged speaks of; the others are empty in both `before` and `after`.
enum class Setting : std::uint8_t {
    name,
    owner,
    metadata,
    expires_at,
    rate_limit,
    quota,
    allowed_ranges
};
inline constexpr std::size_t settings_count = 7;

struct KeyChanged {
    KeyId key;
    std::uint32_t changed = 0;  // bit 1 << Setting
    StatedSettings before, after;
    bool has(Setting setting) const { return (changed >> static_cast<unsigned>(setting)) & 1U; }
    friend bool operator==(const KeyChanged&, const KeyChanged&) = default;
};

struct KeyRotated {
    KeyId key;
    std::uint32_t version = 0;  // of the new secret
    Digest digest{};
    std::string hint;
    // Older secrets end then at the latest; the event's time for "at once".
    Timestamp older_valid_until{};
    friend bool operator==(const KeyRotated&, const KeyRotated&) = default;
};

struct KeySuspended {
    KeyId key;
    friend bool operator==(const KeySuspended&, const KeySuspended&) = default;
};

struct KeyResumed {
    KeyId key;
    friend bool operator==(const KeyResumed&, const KeyResumed&) = default;
};

struct KeyRevoked {
    KeyId key;
    friend bool operator==(const KeyRevoked&, const KeyRevoked&) = default;
};

// Checks of one key that look alike, folded into one row.
struct UseRow {
    KeyId key;
    std::uint32_t secret_version = 0;
    Outcome outcome = Outcome::valid;
    std::string scope;     // the scopes asked for, comma-separated; "other" for the rows too many
    std::string resource;  // "kind/id", allowed checks only
    Erasable address;      // only with usage.detail = each
    std::uint32_t count = 0;
    std::uint32_t spent = 0;  // how many of them the rate window counted
    std::uint64_t cost = 0;   // units taken from the quota
    Timestamp first{}, last{};
    std::uint64_t total = 0;     // the key's running total after this row
    std::uint64_t prev_seq = 0;  // the key's event before it, of any kind
    friend bool operator==(const UseRow&, const UseRow&) = default;
};

// Who counted the uses: a node, one of its starts, and that start's how-manieth flush.
struct FlushTag {
    std::uint64_t node = 0, boot = 0, number = 0;
    friend bool operator==(const FlushTag&, const FlushTag&) = default;
};

struct KeysUsed {
    FlushTag flush;  // number 0: not a flush, but a use that was committed before its answer
    std::vector<UseRow> rows;
    friend bool operator==(const KeysUsed&, const KeysUsed&) = default;
};

// Uses that a node had answered, and that may be missing, between two moments.
struct UsageGap {
    std::uint64_t node = 0, boot = 0;
    Timestamp from{}, until{};
    friend bool operator==(const UsageGap&, const UsageGap&) = default;
};

struct LedgerStarted {
    std::uint64_t node = 0, boot = 0;
    std::string version;
    friend bool operator==(const LedgerStarted&, const LedgerStarted&) = default;
};

struct LedgerStopped {
    std::uint64_t node = 0, boot = 0;
    friend bool operator==(const LedgerStopped&, const LedgerStopped&) = default;
};

// The ledger's history was read, by the envelope's actor. Reads that differ only in where they
// began and ended are one event an hour, beside the first of them (replication/read_batcher.hpp).
struct HistoryRead {
    std::string route;         // as http/openapi.yaml has it
    KeyId of_key;              // the one key that was asked for; all zero if none was
    std::string of_workspace;  // the one workspace that was asked for
    std::string filter;        // what else was: "name=value&...", without what names a person
    std::uint64_t from = 0, until = 0;  // which seqs it could show, both inclusive
    std::uint64_t events = 0;           // shown, as far as is known
    std::uint64_t count = 0;            // reads that the event speaks of
    Timestamp first{}, last{};          // when they were
    friend bool operator==(const HistoryRead&, const HistoryRead&) = default;
};

// The heads of all keys' streams as of `at_seq`: the root of an RFC 9162 tree over (key id,
// revision, seq of its newest event of any kind), sorted.
struct StreamHeadsSealed {
    Digest root{};
    std::uint64_t keys = 0;
    std::uint64_t at_seq = 0;
    friend bool operator==(const StreamHeadsSealed&, const StreamHeadsSealed&) = default;
};

// From here on checkpoints are signed with another key. Both as verifier keys (signed_note.hpp).
struct LogKeyRotated {
    std::string before, after;
    friend bool operator==(const LogKeyRotated&, const LogKeyRotated&) = default;
};

// What the tables come to after `at_seq` (Tables::digest): every replay must come to the same.
struct TablesDigest {
    std::uint64_t at_seq = 0;
    std::array<std::uint8_t, 16> digest{};
    friend bool operator==(const TablesDigest&, const TablesDigest&) = default;
};

using EventBody =
    std::variant<WorkspaceCreated, WorkspaceChanged, KeyCreated, KeyScoped, KeyChanged, KeyRotated,
                 KeySuspended, KeyResumed, KeyRevoked, KeysUsed, UsageGap, LedgerStarted,
                 LedgerStopped, HistoryRead, StreamHeadsSealed, LogKeyRotated, TablesDigest>;

// A fact of one key's stream.
template <class Fact>
concept OfOneKey = requires(const Fact& fact) {
    fact.key;
};

struct Event {
    Envelope envelope;
    EventBody body;
    friend bool operator==(const Event&, const Event&) = default;
};

// "KeyCreated", as the event's type is written in answers.
std::string_view type_name(const EventBody& body);

// The key whose stream the event belongs to; null for events of the other streams.
const KeyId* key_of(const EventBody& body);

StatedSettings stated(const KeySettings& settings);

}  // namespace keyledger
