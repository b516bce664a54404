#include "tools/commands/served_ledger.hpp"

#include "ledger/backup/backup_copy.hpp"
#include "ledger/base/clock.hpp"
#include "projections/replay.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace keyledger {
namespace {

// Time stands still until the wall clock has caught up with the newest event: windows do not turn.
constexpr std::chrono::seconds clock_behind_warned{10};

std::function<void(const LogFault&)> read_fault_logger(spdlog::logger& logger) {
    return [&logger](const LogFault& fault) {
        logger.error("read_failed what=\"{}\"", fault.what);
    };
}

// Whoever asks is told why it is in quarantine, and not where the files are.
void hide_folder(std::string& text, const std::string& file) {
    const std::string folder = std::filesystem::path(file).parent_path().string() + "/";
    if (folder.size() == 1) return;
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
        text.erase(at, folder.size());
    }
}

void say_quarantined(ServedLedger& ledger, const Settings& settings, spdlog::logger& logger) {
    logger.critical("quarantined what=\"{}\"", ledger.quarantine);
    for (const std::string& file :
         {checkpoint_path(settings.data), settings.checkpoint_copy, ledger_path(settings.data)}) {
        hide_folder(ledger.quarantine, file);
    }
}

ServedLedger open_served(const Settings& settings, spdlog::logger& logger) {
    const FileCheck file_check = settings.skip_file_check ? FileCheck::no : FileCheck::yes;
    const std::string key_file =
        settings.signing_key.empty() ? signing_key_path(settings.data) : settings.signing_key;
    ServedLedger ledger = open_for_serving(
        {.data = settings.data, .key = key_file, .checkpoint_copy = settings.checkpoint_copy},
        file_check, read_fault_logger(logger));
    if (!ledger.opened.log) {
        logger.critical("ledger_not_opened what=\"{}\"", ledger.opened.problem);
        return ledger;
    }
    // None can be under way: this process has the directory to itself.
    if (ledger.quarantine.empty()) remove_backup_copy(backup_copy_path(settings.data));
    if (!ledger.remark.empty()) logger.error("checkpoint_is_odd what=\"{}\"", ledger.remark);
    if (!ledger.quarantine.empty()) say_quarantined(ledger, settings, logger);
    return ledger;
}

RestoreResult restore_tables(EventLog& log, Tables& tables, Rebuild rebuild,
                             spdlog::logger& logger) {
    const auto began = std::chrono::steady_clock::now();
    const RestoreResult result =
        restore(log, tables, rebuild, [&](std::uint64_t done, std::uint64_t total) {
            logger.debug("replaying seq={} of={}", done, total);
        });
    if (const auto problem = problem_of(result)) {
        logger.critical("ledger_damaged what=\"{}\"", *problem);
        return result;
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    logger.info("tables_restored seq={} replayed={} keys={} elapsed_ms={}", tables.applied(),
                result.restored.replayed, tables.keys_count(), took.count());
    const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(tables.ledger_time() -
                                                                        system_clock().now());
    if (ahead > clock_behind_warned) {
        logger.error("clock_behind_ledger seconds={}", ahead.count());
    }
    // It costs a hash a key: not on every start.
    if (rebuild == Rebuild::always || logger.should_log(spdlog::level::debug)) {
        logger.info("tables_digest seq={} digest={}", tables.applied(), tables.digest());
    }
    return result;
}

// The tables show all that was before the damage, and there is somebody to show it to. After a
// rebuild that was cut short the rows beside the events are not whole.
bool can_be_shown(const RestoreResult& result, const Tables& tables) {
    return !result.fault && !result.restored.rebuilt && tables.keys_count() > 0 &&
           result.damage->seq == tables.next_seq();
}

}  // namespace

ServedLedger open_with_tables(const Settings& settings, Tables& tables, spdlog::logger& logger) {
    ServedLedger ledger = open_served(settings, logger);
    if (!ledger.opened.log) return ledger;
    const bool quarantined = !ledger.quarantine.empty();
    const Rebuild rebuild = quarantined        ? Rebuild::never
                            : settings.rebuild ? Rebuild::always
                                               : Rebuild::if_needed;
    const RestoreResult result = restore_tables(*ledger.opened.log, tables, rebuild, logger);
    const auto problem = problem_of(result);
    if (!problem) return ledger;
    if (!can_be_shown(result, tables)) {
        ledger.opened = {nullptr, *problem, ExitCode::integrity};
        return ledger;
    }
    ledger.quarantine += (quarantined ? "; and " : "") + *problem + ": what was before it is shown";
    say_quarantined(ledger, settings, logger);
    ledger.opened = {};  // one at a time may have it open
    ledger.opened = open_ledger_to_read(settings.data, read_fault_logger(logger));
    if (!ledger.opened.log) {
        logger.critical("ledger_not_opened what=\"{}\"", ledger.opened.problem);
    }
    return ledger;
}

}  // namespace keyledger
