#pragma once
// Two small files beside the events: the last checkpoint that was signed, and the key that signs.
// The first tells a start whether the log that it recovered is still an extension of what was
// published.
//
// The file of the checkpoint is the note itself. That of the key is a line, and after a rotation
// two:
//
//   ("previous " skey " until " RFC 3339 "\n")? skey "\n"
//
// One thread at a time; each call waits for the disk. Nothing here throws.

#include "ledger/log/event_log.hpp"
#include "ledger/proof/checkpoint.hpp"
#include "ledger/proof/signed_note.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// Replaces `file`. Durable when it returns without a fault; a crash before leaves the old file or
// the new one, whole. Uses the name `file` + ".new" meanwhile.
std::optional<LogFault> replace_file(const std::string& file, std::string_view bytes);

// The same for a note. Durable when it returns without a fault; a crash before leaves the old file
// or the new one, whole. Uses the name `file` + ".new" meanwhile.
std::optional<LogFault> write_checkpoint_file(const std::string& file, const SignedNote& note);

// Neither a checkpoint nor a fault: there is no such file, and nothing was ever published.
struct CheckpointFile {
    std::optional<SignedCheckpoint> checkpoint;
    std::optional<LogFault> fault;
};

// A fault too if the file is not one whole checkpoint signed by one of the log's keys.
CheckpointFile read_checkpoint_file(const std::string& file, std::span<const VerifierKey> log);
inline CheckpointFile read_checkpoint_file(const std::string& file, const VerifierKey& log) {
    return read_checkpoint_file(file, std::span(&log, 1));
}

// Makes `file` with mode 0600; a fault if it exists, which is then left as it is. Durable when it
// returns without a fault. Uses the name `file` + ".new" meanwhile.
std::optional<LogFault> make_signing_key_file(const std::string& file, const SignerKey& key);

// The key before the last rotation, which signs too for a while.
struct PreviousKey {
    SignerKey key;
    Timestamp until{};
};

struct SigningKeys {
    SignerKey current;
    std::optional<PreviousKey> previous;

    // Whose signatures may stand under checkpoints, the newest first.
    std::vector<VerifierKey> verifiers() const;
};

// The checkpoint of `tree`, signed by the keys that sign at that time.
SignedNote sign_checkpoint(const TreeHead& tree, const SigningKeys& keys, Timestamp now);

// Replaces `file` by one with these keys. Durable when it returns without a fault; a crash before
// leaves the old file or the new one, whole.
std::optional<LogFault> replace_signing_key_file(const std::string& file, const SigningKeys& keys);

// Either a key or a fault.
struct SigningKeyFile {
    std::optional<SignerKey> key;
    std::optional<PreviousKey> previous;
    std::optional<LogFault> fault;

    std::vector<VerifierKey> verifiers() const;  // the newest first
};

// A fault too if the mode lets others than the owner do anything with the file, or its owner is
// neither this process's user nor root. Where only root owns it, it may be readable for its group:
// systemd hands credentials to a service of another user so.
SigningKeyFile read_signing_key_file(const std::string& file);

}  // namespace keyledger
