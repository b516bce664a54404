#pragma once
// What proves to others that they were shown a key's whole history, or that there is no such key:
// its events, each proved to stand in a tree that was signed, and the heads of all keys' streams as
// an event in that tree has sealed them.

#include "ledger/proof/checkpoint.hpp"
#include "ledger/proof/merkle_tree.hpp"
#include "projections/stream_heads.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace keyledger {

// An event's bytes, and their way to the root.
struct ProvedEntry {
    std::uint64_t seq = 0;
    std::string leaf;
    Proof hashes;
};

struct ProvedTip {
    StreamTip tip;
    std::uint64_t position = 0;
    Proof hashes;  // in the tree of heads
};

struct ProvedSeal {
    ProvedEntry event;  // StreamHeadsSealed
    // That of the key; or those around the place where it would stand, one at either end.
    std::vector<ProvedTip> tips;
};

struct KeyProof {
    KeyId key;
    std::string checkpoint;            // a note
    bool with_uses = false;            // its uses are among the entries
    std::vector<ProvedEntry> entries;  // from its first on
    ProvedSeal seal;
};

struct KeyProofResult {
    TreeHead tree;             // that all of it stands in
    std::uint64_t events = 0;  // of the key
    // Up to this event nothing of the key was left out; where its uses are not among the entries,
    // nothing of its life-cycle.
    std::uint64_t whole_until = 0;
};

// Or what does not hold. `log` are the log's keys.
std::variant<KeyProofResult, std::string> check_key_proof(const KeyProof& proof,
                                                          std::span<const VerifierKey> log);

}  // namespace keyledger
