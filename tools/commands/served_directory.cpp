#include "tools/commands/served_directory.hpp"

#include "ledger/backup/backup_copy.hpp"
#include "ledger/base/clock.hpp"
#include "ledger/log/checkpoint_file.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

namespace keyledger {
void state_rotation(const SigningKeys& keys, const EventLog& log, Sequencer& sequencer) {
    const VerifierKey& current = keys.current.verifier();
    if (!keys.previous || is_stated(log, current)) return;
    const LogKeyRotated rotated{.before = to_text(keys.previous->key.verifier()),
                                .after = to_text(current)};
    sequencer.submit_own(RotateLogKey{rotated}, [](const Submitted&) {});
}

void forget_older_key(const Settings& settings, const SigningKeys& keys, const EventLog& log,
                      spdlog::logger& logger) {
    if (!keys.previous || keys.previous->until > system_clock().now()) return;
    if (!is_stated(log, keys.current.verifier())) return;
    const std::string file =
        settings.signing_key.empty() ? signing_key_path(settings.data) : settings.signing_key;
    SigningKeyFile read = read_signing_key_file(file);
    if (!read.key || read.key->verifier() != keys.current.verifier()) return;
    if (const auto fault = replace_signing_key_file(file, {std::move(*read.key), {}})) {
        logger.error("older_key_not_forgotten what=\"{}\"", fault->what);
    }
}

BackupSources backup_sources(const Settings& settings, const ServedLedger& ledger,
                             const CheckpointSigner& signer, HistoryThread& thread,
                             spdlog::logger& logger) {
    return {.log = *ledger.opened.log,
            .directory = backup_copy_path(settings.data),
            .signer = signer,
            .keys = ledger.keys->verifiers(),
            .thread = thread,
            .on_fault = [&logger](const LogFault& fault) {
                logger.error("backup_failed what=\"{}\"", fault.what);
            },
            .is_whole = ledger.quarantine.empty()};
}

}  // namespace keyledger
