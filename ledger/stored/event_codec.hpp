#pragma once
// Between an event and the bytes that are hashed and kept. The format is final: bytes once written
// are never encoded again, and every version ever written stays readable (tests/golden).
//
//   leaf     := "KL" 0x00 0x01 schema:u32be message
//   message  := one canonical single-segment Cap'n Proto message, without its segment table
//   personal := (ordinal:u8 salt:32 length:u32be value:length)*
//
// What may be erased stands in the leaf as SHA-256(salt || value), and in `personal` with its salt.
// Ordinals are in ledger/stored/event.capnp beside each field; in KeysUsed the ordinal is followed
// by the row's number, u32be, before the salt.

#include "ledger/base/bytes.hpp"
#include "ledger/base/random.hpp"
#include "ledger/proof/merkle_tree.hpp"  // leaf_hash
#include "ledger/rules/event.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr std::size_t leaf_bytes_max = 65'535;

struct StoredEvent {
    std::string leaf;
    std::string personal;  // empty if the event has nothing that may be erased
};

// Writes `event`, drawing salts, and sets the commitments in it. The leaf may come out longer than
// leaf_bytes_max: the caller refuses it. Any thread.
StoredEvent encode(Event& event, Random& salts);

// True if `leaf` has the outer shape of one: its frame, whole words, not too long. Much faster than
// to decode it.
bool has_leaf_frame(std::string_view leaf);

// The event that `leaf` holds, with its erasable values from `personal` where they are still there.
// Nothing if the bytes are not such a leaf, or a value does not fit its commitment.
std::optional<Event> decode(std::string_view leaf, std::string_view personal);

}  // namespace keyledger
