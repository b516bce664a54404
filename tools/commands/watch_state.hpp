#pragma once
// What `audit watch` keeps from one look to the next, and which keys of the log it goes by.
//
//   STATE          ("retired "? verifier key "\n")+ ("grew " time "\n")? "\n" checkpoint
//   STATE.pending  "looks " number "\n\n" checkpoint
//
// The first is what was seen last, and proved; the second, where there is one, a checkpoint that
// the log has signed and the server has not yet proved.

#include "ledger/base/time.hpp"
#include "ledger/log/event_log.hpp"
#include "ledger/proof/checkpoint.hpp"
#include "ledger/proof/signed_note.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// A note, and room for the keys that a log has had.
inline constexpr std::size_t watch_state_bytes_max = note_bytes_max + std::size_t{64} * 1024;

struct WatchState {
    std::vector<VerifierKey> keys;     // whose signatures count, the newest first
    std::vector<VerifierKey> retired;  // that the log signed with before them
    std::optional<SignedCheckpoint> seen;
    std::optional<Timestamp> grew;  // when it was first seen, by this machine's clock
};

// `state.seen` is there, asserted.
std::string to_text(const WatchState& state);
// Nothing if it is no such text, or no key in it has signed the checkpoint.
std::optional<WatchState> parse_watch_state(std::string_view text);

// Keys that were given by hand count from here on, unless the state knows them all: then it knows
// what came after them too.
void take_given_keys(WatchState& state, std::vector<VerifierKey> given);

// Whether the log has signed `note`, in front of those of `keys` that did, with a key that is not
// among them. This log's newest key signs first.
bool has_newer_signature(const SignedNote& note, std::span<const VerifierKey> keys);

// The keys of `policy` ("log VKEY" lines, as GET /v1/ledger/policy has them) that made those
// signatures. The policy alone counts for nothing: `note` must be one that one of `keys` has
// signed.
std::vector<VerifierKey> newer_keys(const SignedNote& note, std::span<const VerifierKey> keys,
                                    std::string_view policy);

// Those that are older than the newest one that signed `note`, and have not signed it, count no
// more: after a rotation's overlap a stolen older key is of no use here.
void retire_keys(WatchState& state, const SignedNote& note);

struct PendingCheckpoint {
    SignedCheckpoint checkpoint;
    unsigned looks = 0;  // in which the server gave no proof of it
};

std::string to_text(const PendingCheckpoint& pending);
// Nothing if it is no such text, or none of the keys has signed the checkpoint.
std::optional<PendingCheckpoint> parse_pending(std::string_view text,
                                               std::span<const VerifierKey> keys);

}  // namespace keyledger
