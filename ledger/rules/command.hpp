#pragma once
// What the ledger is asked to do. Each is imperative, and may be refused.

#include "ledger/rules/event.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace keyledger {

inline constexpr std::size_t items_per_command_max = 10'000;

struct CreateWorkspace {
    WorkspaceDocument document;
};

// The merge patch was applied to the document of revision `based_on`; if the workspace has moved
// on, the caller must merge again (Refusal::stale_revision).
struct ChangeWorkspace {
    WorkspaceDocument document;
    std::uint64_t based_on = 0;
};

struct CreateKey {
    KeyId key;
    std::string workspace;
    std::string environment;
    KeySettings settings;
    std::vector<std::string> scopes;
    std::optional<Resource> resource;
    std::optional<Timestamp> not_before;
    Origin origin = Origin::minted;
    Digest digest{};
    std::string hint;
};

// All of them or none.
struct ImportKeys {
    std::string workspace;
    std::vector<CreateKey> keys;
};

struct ScopeKey {
    KeyId key;
    std::vector<std::string> scopes;
    bool all = false;  // [] is meant, although an empty list grants everything
};

// A field that a patch leaves alone is nothing; one that it clears is empty in `settings`.
struct ChangeKey {
    KeyId key;
    std::uint32_t changed = 0;  // bit 1 << Setting: what the patch names
    KeySettings settings;
};

struct RotateKey {
    KeyId key;
    Digest digest{};
    std::string hint;
    Duration grace{};
};

struct SuspendKey {
    KeyId key;
};
struct ResumeKey {
    KeyId key;
};
struct RevokeKey {
    KeyId key;
};

// All keys of a workspace with that owner (none, if it is empty: that says that a key has no
// owner); or those named, which must all be the workspace's.
struct RevokeKeys {
    std::string workspace;
    std::optional<std::string> owner;
    std::vector<KeyId> keys;
};

// Keys by their tokens' digests; a digest that no key has is passed over.
struct RevokeDigests {
    std::vector<Digest> digests;
};

// A check that is decided and committed before its answer: it spends an exact quota, or asked to be
// durable.
struct UseKey {
    Digest digest{};
    std::optional<std::string> workspace;
    std::optional<std::string> environment;
    std::vector<std::string> scopes;
    std::optional<Resource> resource;
    std::optional<Address> address;
    bool record_address = false;  // usage.detail = each
    std::uint64_t cost = 1;
};

// Uses that were counted since the last flush.
struct RecordUses {
    FlushTag flush;
    std::vector<UseRow> rows;  // total and prev_seq are filled in by decide
};

struct RecordGap {
    UsageGap gap;
};
struct RecordStart {
    LedgerStarted start;
};
struct RecordStop {
    LedgerStopped stop;
};

// What the submission's actor has read.
struct RecordHistoryReads {
    std::vector<HistoryRead> reads;
};

struct SealStreamHeads {
    StreamHeadsSealed heads;
};
struct RotateLogKey {
    LogKeyRotated rotated;
};
struct RecordTablesDigest {
    TablesDigest digest;
};

using Command = std::variant<CreateWorkspace, ChangeWorkspace, CreateKey, ImportKeys, ScopeKey,
                             ChangeKey, RotateKey, SuspendKey, ResumeKey, RevokeKey, RevokeKeys,
                             RevokeDigests, UseKey, RecordUses, RecordGap, RecordStart, RecordStop,
                             RecordHistoryReads, SealStreamHeads, RotateLogKey, RecordTablesDigest>;

// What the one who asks may do; nothing for the system itself.
struct Authority {
    KeyId key;
    std::vector<std::string> scopes;
    std::optional<std::string> bound_workspace;
};

// A command with the circumstances that its events will state.
struct Submission {
    Command command;
    std::optional<Authority> authority;
    Actor actor;
    std::string request_id;
    std::string reason;
    std::optional<Idempotency> idempotency;
    std::optional<std::uint64_t> if_match;  // the revision that If-Match names
    bool force = false;
};

}  // namespace keyledger
