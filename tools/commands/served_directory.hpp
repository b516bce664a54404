#pragma once
// What `serve` does with the ledger's directory while it serves: its key, and where backups of it
// are made.

#include "http/admin/backup_handler.hpp"
#include "replication/sequencer.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/settings.hpp"

#include <spdlog/fwd.h>

namespace keyledger {

// A key that took another one's place while the server was down is stated in the ledger.
void state_rotation(const SigningKeys& keys, const EventLog& log, Sequencer& sequencer);

// A key whose time to sign is over, perhaps since it was stolen, stays in no file and no backup. By
// then the newest one has signed, and the ledger names it.
void forget_older_key(const Settings& settings, const SigningKeys& keys, const EventLog& log,
                      spdlog::logger& logger);

// `ledger`, `signer`, `thread` and `logger` outlive what is made of it.
BackupSources backup_sources(const Settings& settings, const ServedLedger& ledger,
                             const CheckpointSigner& signer, HistoryThread& thread,
                             spdlog::logger& logger);

}  // namespace keyledger
