#pragma once
// A log's statement of its size and root, as a note (C2SP tlog-checkpoint).
//
//   text := origin "\n" size "\n" base64(root:32) "\n" (extension "\n")*
//
// No line is empty; the size is decimal without leading zeros. Everything here is pure and may be
// called on any thread.

#include "ledger/proof/merkle_tree.hpp"
#include "ledger/proof/signed_note.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

struct Checkpoint {
    std::string origin;
    TreeHead tree;
    // This log writes none; others may.
    std::vector<std::string> extensions;

    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The text of the note. The origin and the extensions are lines as above and the size is at most
// tree_size_max, asserted.
std::string to_text(const Checkpoint& checkpoint);

// Nothing if `text` is not such a text, or its size is above tree_size_max.
std::optional<Checkpoint> parse_checkpoint(std::string_view text);

// The checkpoint of `tree` by the log whose name is the key's: a note with one signature. That no
// two inconsistent ones are signed is the caller's care.
SignedNote sign_checkpoint(const TreeHead& tree, const SignerKey& key);

// A checkpoint that its log has signed, with the note that says so.
struct SignedCheckpoint {
    Checkpoint checkpoint;
    SignedNote note;
};

// Reads a whole note. Nothing unless it is a checkpoint whose origin is the name of `log`, with a
// good signature by that key, and none that names the key and is bad. Other signatures stay
// unchecked.
std::optional<SignedCheckpoint> open_checkpoint(std::string_view note_bytes,
                                                const VerifierKey& log);
// The same for a log that has had several keys, of which at least one has signed it.
std::optional<SignedCheckpoint> open_checkpoint(std::string_view note_bytes,
                                                std::span<const VerifierKey> log);

}  // namespace keyledger
