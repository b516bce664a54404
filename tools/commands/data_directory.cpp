#include "tools/commands/data_directory.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/backup/backup_manifest.hpp"
#include "ledger/base/random.hpp"
#include "ledger/log/checkpoint_file.hpp"
#include "ledger/log/descriptor.hpp"
#include "ledger/log/tree_rows.hpp"
#include "ledger/stored/event_codec.hpp"
#include "projections/index_rows.hpp"
#include "tools/commands/directory_in_use.hpp"
#include "tools/commands/regular_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

// A disk that stalls may hold up a signature, and with it the end of the process.
constexpr Duration signed_within = std::chrono::minutes(1);
// What lies between two events beyond this may be a clock that was set, or a machine that slept.
constexpr Duration clock_step = std::chrono::seconds(5);

OpenedLedger opened(OpenOptions options) {
    auto result = RocksdbLog::open(std::move(options));
    if (auto* log = std::get_if<std::unique_ptr<RocksdbLog>>(&result)) {
        return {std::move(*log), {}, ExitCode::success};
    }
    return {nullptr, std::get<LogFault>(result).what, ExitCode::integrity};
}

OpenOptions options_for(const std::string& data, OpenOptions::Mode mode) {
    OpenOptions options;
    options.directory = ledger_path(data);
    options.mode = mode;
    return options;
}

// What to do where a backup was restored that had no key in it.
std::string hint_at_restored(const std::string& data, const std::string& key_file) {
    std::error_code error;
    const bool lacks_key = !std::filesystem::exists(key_file, error) &&
                           std::filesystem::exists(verifier_keys_path(data), error);
    if (!lacks_key) return {};
    return ". It was restored from a backup without the key that signs: put that there, mode 0600, "
           "or name it with --signing-key. If it is lost, restore the backup with --origin";
}

// A copy that is not there yet is made with the first checkpoint.
void hold_to_copy(const std::string& file, const EventLog& log, ServedLedger& served) {
    const CheckpointFile copy = read_checkpoint_file(file, served.keys->verifiers());
    if (copy.fault) {
        served.quarantine = copy.fault->what;
    } else if (!copy.checkpoint) {
        served.remark = file + " is missing: nothing but the directory tells what the log held";
    } else if (const auto wrong = contradiction(log, copy.checkpoint->checkpoint.tree)) {
        served.quarantine = *wrong + ", which is kept in " + file;
    }
}

}  // namespace

std::string ledger_path(const std::string& data) {
    return (std::filesystem::path(data) / "ledger").string();
}

std::string signing_key_path(const std::string& data) {
    return (std::filesystem::path(data) / "log.key").string();
}

std::string checkpoint_path(const std::string& data) {
    return (std::filesystem::path(data) / "checkpoint").string();
}

std::string verifier_keys_path(const std::string& data) {
    return (std::filesystem::path(data) / backup_verifier_keys).string();
}

std::string backup_copy_path(const std::string& data) {
    return (std::filesystem::path(data) / "backup.copy").string();
}

DirectoryKeys directory_keys(const std::string& data, const std::optional<std::string>& file) {
    std::error_code error;
    const std::string own = signing_key_path(data);
    const std::string restored = verifier_keys_path(data);
    if (file || std::filesystem::exists(own, error) || !std::filesystem::exists(restored, error)) {
        const SigningKeyFile key = read_signing_key_file(file.value_or(own));
        if (!key.key) return {{}, key.fault->what};
        return {key.verifiers(), {}};
    }
    const FileBytes read = read_regular_file(restored, backup_text_bytes_max);
    if (read.fault) return {{}, read.fault->what};
    auto keys = parse_verifier_keys(read.bytes);
    if (!keys) return {{}, restored + " holds no verifier keys"};
    return {std::move(*keys), {}, true};
}

bool holds_ledger(const std::string& data) {
    std::error_code error;
    return std::filesystem::exists(ledger_path(data), error);
}

std::optional<std::string> irregular_in(const std::string& data) {
    for (const std::string& path :
         {ledger_path(data), checkpoint_path(data), signing_key_path(data)}) {
        if (const auto found = first_irregular(path)) return irregular_text(*found);
    }
    return std::nullopt;
}

OpenedLedger open_ledger_to_read(const std::string& data,
                                 std::function<void(const LogFault&)> on_read_fault) {
    OpenOptions options = options_for(data, OpenOptions::Mode::read_only);
    options.on_read_fault = std::move(on_read_fault);
    return opened(std::move(options));
}

OpenedLedger open_ledger(const std::string& data,
                         std::function<void(const LogFault&)> on_read_fault) {
    if (!holds_ledger(data)) {
        return {nullptr, data + " holds no ledger; `keyledger init --data " + data + "` makes one",
                ExitCode::not_found};
    }
    if (auto irregular = irregular_in(data)) {
        return {nullptr, std::move(*irregular), ExitCode::integrity};
    }
    if (const std::optional<long> process = process_using(ledger_path(data))) {
        return {nullptr, data + " is in use by process " + std::to_string(*process),
                ExitCode::unavailable};
    }
    OpenOptions options = options_for(data, OpenOptions::Mode::existing);
    options.on_read_fault = std::move(on_read_fault);
    OpenedLedger ledger = opened(std::move(options));
    if (ledger.log) return ledger;
    // Another may have come first.
    const std::optional<long> process = process_using(ledger_path(data));
    if (process && *process != static_cast<long>(::getpid())) {
        return {nullptr, data + " is in use by process " + std::to_string(*process),
                ExitCode::unavailable};
    }
    return ledger;
}

std::string made_up_origin() {
    std::array<std::uint8_t, 8> bytes{};
    system_random().fill(bytes);
    return "keyledger-" + to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

MadeLedger make_ledger(const std::string& data, const std::string& origin,
                       const std::vector<WorkspaceDocument>& workspaces) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path unfinished = fs::path(data) / "ledger.new";
    const bool is_new = fs::create_directories(data, error);
    if (error) return {{}, data + " can't be made: " + error.message(), ExitCode::error};
    if (is_new) fs::permissions(data, fs::perms::owner_all, error);
    const DirectoryLock lock(data);
    if (!lock.is_held()) return {{}, already_making(data), ExitCode::unavailable};
    const bool cut_short = fs::exists(unfinished, error);
    if (fs::exists(ledger_path(data), error) ||
        (!cut_short && fs::exists(signing_key_path(data), error))) {
        return {{}, data + " has a ledger already; it was left as it is", ExitCode::conflict};
    }
    fs::remove_all(unfinished, error);
    for (const std::string& file : {signing_key_path(data), checkpoint_path(data)}) {
        fs::remove(file, error);
    }
    OpenOptions options = options_for(data, OpenOptions::Mode::create);
    options.directory = unfinished.string();
    OpenedLedger ledger = opened(std::move(options));
    if (!ledger.log) return {{}, ledger.problem, ExitCode::error};
    const SignerKey key =
        SignerKey::generate(origin.empty() ? made_up_origin() : origin, system_random());
    if (const auto fault = make_signing_key_file(signing_key_path(data), key)) {
        return {{}, fault->what, ExitCode::error};
    }
    Bootstrapped made = begin_ledger(*ledger.log, system_clock(), system_random(), workspaces);
    if (const auto* fault = std::get_if<LogFault>(&made)) return {{}, fault->what, ExitCode::error};
    if (std::holds_alternative<Rejection>(made)) {
        return {{}, "the ledger refused its first events", ExitCode::error};
    }
    const auto range = stored_range(*ledger.log, ledger.log->next_seq());
    if (!range) return {{}, "the first events can't be read back", ExitCode::error};
    const SignedNote note = sign_checkpoint(range->head(), key);
    if (const auto fault = write_checkpoint_file(checkpoint_path(data), note)) {
        return {{}, fault->what, ExitCode::error};
    }
    ledger.log.reset();
    fs::rename(unfinished, ledger_path(data), error);
    if (error) return {{}, ledger_path(data) + ": " + error.message(), ExitCode::error};
    return {std::move(std::get<RootKey>(made)), {}, ExitCode::success};
}

ServedLedger open_for_serving(const ServingFiles& files, FileCheck check,
                              const std::function<void(const LogFault&)>& on_read_fault) {
    const std::string& data = files.data;
    ServedLedger served;
    served.opened = open_ledger(data, on_read_fault);
    if (!served.opened.log) return served;
    const auto refuse = [&](std::string problem) {
        served.opened = {nullptr, std::move(problem), ExitCode::integrity};
    };
    SigningKeyFile key = read_signing_key_file(files.key);
    if (!key.key) {
        refuse(key.fault->what + hint_at_restored(data, files.key));
        return served;
    }
    served.keys =
        std::make_unique<SigningKeys>(SigningKeys{std::move(*key.key), std::move(key.previous)});
    const CheckpointFile published =
        read_checkpoint_file(checkpoint_path(data), served.keys->verifiers());
    if (published.fault) {
        refuse(published.fault->what);
        return served;
    }
    const EventLog& log = *served.opened.log;
    if (published.checkpoint) {
        const TreeHead& tree = published.checkpoint->checkpoint.tree;
        served.quarantine = contradiction(log, tree).value_or("");
        CheckpointAge age = age_of(log, tree, checkpoint_path(data));
        if (served.quarantine.empty()) served.quarantine = std::move(age.contradiction);
        served.remark = std::move(age.remark);
        served.before.note = to_text(published.checkpoint->note);
        served.before.head = tree;
        if (const auto read = TreeWriter::read(log, tree.size)) served.before.tree = *read;
    } else {
        // One is written before a ledger is first served.
        served.quarantine = checkpoint_path(data) + " is missing: nothing tells what the log held";
    }
    if (served.quarantine.empty()) {
        served.quarantine = other_key_than_stated(log, served.keys->verifiers()).value_or("");
    }
    if (served.quarantine.empty() && !files.checkpoint_copy.empty()) {
        hold_to_copy(files.checkpoint_copy, log, served);
    }
    if (log.next_seq() == 0) {
        refuse(served.quarantine.empty() ? data + " holds a ledger without events"
                                         : served.quarantine);
        return served;
    }
    if (served.quarantine.empty() && !TreeWriter::open(log)) {
        served.quarantine = "the tree beside the events is not theirs";
    }
    if (served.quarantine.empty() && check == FileCheck::yes) {
        if (const auto fault = served.opened.log->check_files()) served.quarantine = fault->what;
    }
    if (served.quarantine.empty()) return served;
    served.opened = {};  // one at a time may have it open
    served.opened = open_ledger_to_read(data, on_read_fault);
    return served;
}

CheckpointAge age_of(const EventLog& log, const TreeHead& checkpoint, const std::string& file) {
    const std::uint64_t size = log.next_seq();
    if (checkpoint.size >= size) return {};
    const std::string covers = file + " is older than the ledger: it covers " +
                               std::to_string(checkpoint.size) + " of " + std::to_string(size) +
                               " events, and ";
    const std::unique_ptr<EventCursor> cursor = log.scan(checkpoint.size);
    std::optional<Timestamp> before;
    Duration took{};
    bool stopped = false, started = false;
    while (const auto item = cursor->next()) {
        const auto event = decode(item->leaf, item->personal);
        if (!event) return {};  // whoever replays it says so
        const Timestamp time = event->envelope.time;
        took += before ? std::min(time - *before, clock_step) : Duration{};
        before = time;
        if (!started && took > signed_within)
            return {covers + "the rest took longer than it takes to sign them", {}};
        if (started && event->envelope.stream.kind != StreamKind::ledger)
            return {covers + "a start that is among the rest had signed", {}};
        started = started || std::holds_alternative<LedgerStarted>(event->body);
        stopped = std::holds_alternative<LedgerStopped>(event->body);
    }
    return {{}, stopped ? covers + "a clean stop is the last of them" : std::string()};
}

std::optional<std::string> other_key_than_stated(const EventLog& log,
                                                 std::span<const VerifierKey> keys) {
    const std::optional<std::string> stated = log.row(Family::meta, log_key_row);
    const auto is_it = [&](const VerifierKey& key) { return to_text(key) == *stated; };
    if (!stated || is_it(keys.front())) return {};
    const bool is_new = keys.size() > 1 && is_it(keys[1]);
    if (is_new) return {};
    return "the key that signs is not the one that the ledger names last";
}

bool is_stated(const EventLog& log, const VerifierKey& key) {
    return log.row(Family::meta, log_key_row) == to_text(key);
}

}  // namespace keyledger
