#include "tools/commands/served_ledger.hpp"

#include "ledger/backup/backup_copy.hpp"
#include "ledger/base/clock.hpp"
#include "ledger/log/checkpoint_file.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <string>
#include <utility>

namespace keyledger {
namespace {

// Whoever asks is told why it is in quarantine, and not where the files are.
void hide_folder(std::string& text, const std::string& file) {
    const std::string folder = std::filesystem::path(file).parent_path().string() + "/";
    if (folder.size() == 1) return;
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
        text.erase(at, folder.size());
    }
}

}  // namespace

ServedLedger open_served(const Settings& settings, spdlog::logger& logger) {
    const FileCheck file_check = settings.skip_file_check ? FileCheck::no : FileCheck::yes;
    const std::string key_file =
        settings.signing_key.empty() ? signing_key_path(settings.data) : settings.signing_key;
    ServedLedger ledger = open_for_serving(
        {.data = settings.data, .key = key_file, .checkpoint_copy = settings.checkpoint_copy},
        file_check,
        [&](const LogFault& fault) { logger.error("read_failed what=\"{}\"", fault.what); });
    if (!ledger.opened.log) {
        logger.critical("ledger_not_opened what=\"{}\"", ledger.opened.problem);
        return ledger;
    }
    // None can be under way: this process has the directory to itself.
    if (ledger.quarantine.empty()) remove_backup_copy(backup_copy_path(settings.data));
    if (!ledger.remark.empty()) logger.error("checkpoint_is_odd what=\"{}\"", ledger.remark);
    if (!ledger.quarantine.empty()) {
        logger.critical("quarantined what=\"{}\"", ledger.quarantine);
        for (const std::string& file : {checkpoint_path(settings.data), settings.checkpoint_copy,
                                        ledger_path(settings.data)}) {
            hide_folder(ledger.quarantine, file);
        }
    }
    return ledger;
}

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
