#pragma once
// What stands where in the directory of --data, and opening it.

#include "ledger/log/rocksdb_log.hpp"
#include "ledger/proof/signed_note.hpp"
#include "projections/replay.hpp"
#include "projections/tables.hpp"
#include "replication/bootstrap.hpp"
#include "replication/checkpoint_signer.hpp"
#include "tools/exit_codes.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace keyledger {

//   DIR/ledger       the events and all that is derived from them (RocksDB)
//   DIR/log.key      the key that signs checkpoints, mode 0600
//   DIR/checkpoint   the last checkpoint that was signed
//   DIR/log.vkey     the log's verifier keys, where a backup without log.key was restored
//   DIR/backup.copy  what a backup is read from, while one is made
std::string ledger_path(const std::string& data);
std::string signing_key_path(const std::string& data);
std::string checkpoint_path(const std::string& data);
std::string verifier_keys_path(const std::string& data);
std::string backup_copy_path(const std::string& data);

// A log that can be used, or why not and what the program ends with.
struct OpenedLedger {
    std::unique_ptr<RocksdbLog> log;
    std::string problem;
    ExitCode exit_code = ExitCode::success;
};

bool holds_ledger(const std::string& data);

// Whose signatures may stand under a directory's checkpoint, the newest first.
struct DirectoryKeys {
    std::vector<VerifierKey> keys;
    // None can be read, and why.
    std::string problem;
    // The directory has no signing key: these lay in the backup that it was restored from, where
    // anybody can have put them.
    bool are_from_backup = false;
};
// Those of the signing key in `file`, or else in the directory; where there is none, and none was
// named, those of log.vkey.
DirectoryKeys directory_keys(const std::string& data, const std::optional<std::string>& file);

// "PATH is no regular file", of the first thing that would be read and is none: a pipe or a device
// could hold its reader up for ever. To be asked before anything in the directory is opened.
std::optional<std::string> irregular_in(const std::string& data);

// The same for reading alone: changes no file, takes no lock, and may be done while it is served.
OpenedLedger open_ledger_to_read(const std::string& data,
                                 std::function<void(const LogFault&)> on_read_fault);
// The ledger of a directory that has one, and that no other process uses.
OpenedLedger open_ledger(const std::string& data,
                         std::function<void(const LogFault&)> on_read_fault);
// A root key, or why there is none and what the program ends with.
struct MadeLedger {
    std::optional<RootKey> root;
    std::string problem;
    ExitCode exit_code = ExitCode::success;
};

// The name of a log that was given none. Checkpoints of two ledgers must not be taken for each
// other's.
std::string made_up_origin();

// A new ledger, its signing key and its first checkpoint; refuses a directory that has one. It is
// made under another name and shows under its own when it is whole: what was cut short is begun
// anew. `origin` is the log's name in its checkpoints; made up where it is empty. The `workspaces`
// are in its first events.
MadeLedger make_ledger(const std::string& data, const std::string& origin,
                       const std::vector<WorkspaceDocument>& workspaces = {});

// A ledger with what its checkpoints need.
struct ServedLedger {
    OpenedLedger opened;
    std::unique_ptr<SigningKeys> keys;
    PublishedCheckpoint before;  // the newest checkpoint
    // Why it must not be written to: what it holds contradicts the last checkpoint that was signed.
    // Empty if it does not; else the log is open for reading alone.
    std::string quarantine;
    std::string remark;  // what is odd, and does no harm
};
enum class FileCheck : bool { no, yes };  // whether all files are read before anything is served
struct ServingFiles {
    std::string data;             // the ledger's directory
    std::string key;              // what signs checkpoints
    std::string checkpoint_copy;  // kept elsewhere; empty: there is none
};
ServedLedger open_for_serving(const ServingFiles& files, FileCheck check,
                              const std::function<void(const LogFault&)>& on_read_fault);

// What the events that the checkpoint in `file` does not cover say of it, in words. Every event is
// signed within a second or so, a start signs before anybody is served, and a clean stop signs its
// last event before it ends.
struct CheckpointAge {
    std::string contradiction;  // it is an older copy of the file: nobody could have come so far
    std::string remark;         // it is one, or the process was killed in a moment that is short
};
CheckpointAge age_of(const EventLog& log, const TreeHead& checkpoint, const std::string& file);

// That the key which signs is not the one that the ledger names last, in words; nothing if it is,
// or has just taken over from it, or if the ledger names none, as before its first rotation.
std::optional<std::string> other_key_than_stated(const EventLog& log,
                                                 std::span<const VerifierKey> keys);

// Whether the ledger says that this is the key which signs its checkpoints. It says nothing of the
// one that it was made with.
bool is_stated(const EventLog& log, const VerifierKey& key);

}  // namespace keyledger
