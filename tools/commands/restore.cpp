#include "http/query.hpp"
#include "ledger/base/clock.hpp"
#include "ledger/base/random.hpp"
#include "ledger/log/checkpoint_file.hpp"
#include "ledger/log/directory.hpp"
#include "projections/verify.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/commands/audit_verify.hpp"
#include "tools/commands/backup.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/commands/directory_in_use.hpp"
#include "tools/commands/kept_backup.hpp"
#include "tools/commands/restored_ledger.hpp"
#include "tools/terminal/progress.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

namespace fs = std::filesystem;

using MayFail = std::optional<Failure>;

MayFail failed(std::string what, ExitCode exit_code) {
    return Failure{std::move(what), exit_code};
}

MayFail unless_good(const std::optional<LogFault>& fault) {
    return fault ? failed(fault->what, ExitCode::error) : std::nullopt;
}

// One restoration, step by step. The ledger is made as DIR/ledger.new and gets its name last, so
// that what was cut short is no ledger, and is begun anew.
class Restoration {
public:
    Restoration(const CommandLine& line, const KeptBackup& backup, std::optional<Moment> until)
        : line_(line),
          backup_(backup),
          until_(until),
          data_(*line.value("data")),
          unfinished_((fs::path(data_) / "ledger.new").string()) {}
    ~Restoration();

    MayFail run();
    std::string summary() const;

private:
    // These change nothing.
    MayFail look_at_target();
    MayFail look_at_events();
    MayFail choose_key();
    // From here on there is something to take away again.
    MayFail make_target();
    MayFail bring_events();
    MayFail bring_key();
    MayFail bring_checkpoint();
    MayFail give_name();

    MayFail refuse_unlisted() const;
    MayFail verify(const EventLog& log) const;
    MayFail choose_end(const EventLog& log);
    MayFail choose_other_key();
    MayFail bring_all();
    MayFail bring_some();
    // What stands beside the ledger.
    std::vector<std::string> files() const {
        return {signing_key_path(data_), checkpoint_path(data_), verifier_keys_path(data_)};
    }
    void remove_unfinished() const;

    const CommandLine& line_;
    const KeptBackup& backup_;
    const std::optional<Moment> until_;
    const std::string data_, unfinished_;
    OpenedLedger source_;                 // with --until: what the events come from
    std::uint64_t events_ = 0;            // that are kept
    bool is_other_log_ = false;           // it must not sign as the log that it was
    std::optional<SigningKeys> signing_;  // none: it can't be served yet
    std::optional<DirectoryLock> lock_;   // of the target
    bool is_under_way_ = false;
};

void Restoration::remove_unfinished() const {
    std::error_code ignored;
    fs::remove_all(unfinished_, ignored);
    for (const std::string& file : files()) fs::remove(file, ignored);
}

Restoration::~Restoration() {
    if (is_under_way_) remove_unfinished();
}

MayFail Restoration::run() {
    using Step = MayFail (Restoration::*)();
    for (const Step step : {&Restoration::look_at_target, &Restoration::look_at_events,
                            &Restoration::choose_key, &Restoration::make_target,
                            &Restoration::bring_events, &Restoration::bring_key,
                            &Restoration::bring_checkpoint, &Restoration::give_name}) {
        if (auto failure = (this->*step)()) return failure;
    }
    return {};
}

MayFail Restoration::look_at_target() {
    std::error_code error;
    if (fs::exists(ledger_path(data_), error))
        return failed(data_ + " has a ledger already; it was left as it is", ExitCode::conflict);
    // A key may be the only one of its kind: whoever put it there, it is never taken away.
    const bool was_cut_short = fs::exists(unfinished_, error);
    for (const std::string& file : files()) {
        const bool may_go = was_cut_short && file != signing_key_path(data_);
        if (may_go || !fs::exists(file, error)) continue;
        return failed(file + " is there already: it may be another ledger's. A key that is to sign "
                             "is given with --log-key, from elsewhere",
                      ExitCode::conflict);
    }
    return {};
}

MayFail Restoration::look_at_events() {
    is_other_log_ = line_.has("origin");
    if (!until_) return {};
    for (const BackupFile& file : backup_.manifest().files)
        if (auto failure = backup_.check(file)) return failure;
    if (auto failure = refuse_unlisted()) return failure;
    source_ = open_ledger_to_read(backup_.directory(), {});
    if (!source_.log) return failed(source_.problem, source_.exit_code);
    if (auto failure = verify(*source_.log)) return failure;
    return choose_end(*source_.log);
}

// The database is opened where it lies, and would read whatever file of its own it finds there.
MayFail Restoration::refuse_unlisted() const {
    std::error_code error;
    fs::directory_iterator files(backup_.path(backup_ledger_folder), error);
    for (; !error && files != fs::directory_iterator(); files.increment(error)) {
        const std::string name = files->path().filename().string();
        if (!backup_.manifest().find(std::string(backup_ledger_folder) + name))
            return failed(files->path().string() + " is not in the manifest", ExitCode::integrity);
    }
    return error ? failed(backup_.directory() + ": " + error.message(), ExitCode::error)
                 : std::nullopt;
}

// All of it, as `audit verify` does: a ledger that was altered is not made anew from what it says.
MayFail Restoration::verify(const EventLog& log) const {
    if (log.next_seq() != backup_.manifest().events)
        return failed("the manifest is of another number of events", ExitCode::integrity);
    ProgressLine progress;
    const Verification found =
        verify_log(log, {backup_.checkpoint().checkpoint.tree}, progress_on(progress));
    return found.wrong ? failed(to_text(*found.wrong), ExitCode::integrity) : std::nullopt;
}

MayFail Restoration::choose_end(const EventLog& log) {
    const TreeHead& covered = backup_.checkpoint().checkpoint.tree;
    const auto* seq = std::get_if<std::uint64_t>(&*until_);
    events_ = seq ? std::min(*seq, log.next_seq() - 1) + 1
                  : events_until(log, std::get<Timestamp>(*until_));
    if (events_ == 0) return failed("the ledger began after that time", ExitCode::usage);
    is_other_log_ = is_other_log_ || events_ < covered.size;
    return {};
}

// What follows on a part of what was signed is another history than what followed there before, and
// no log signs two.
MayFail Restoration::choose_other_key() {
    const std::string origin = line_.value("origin").value_or(made_up_origin());
    if (line_.has("log-key"))
        return failed("--log-key is of the log that this was; what --origin names, or --until "
                      "leaves of what was signed, goes on as another one, with a new key",
                      ExitCode::usage);
    if (!is_key_name(origin))
        return failed("--origin is the name of a log, without blanks and +", ExitCode::usage);
    if (origin == backup_.checkpoint().checkpoint.origin)
        return failed("--origin is the name that the log has: another log needs another one",
                      ExitCode::usage);
    signing_.emplace(SigningKeys{SignerKey::generate(origin, system_random()), {}});
    return {};
}

// The one that was given, or that of the backup, or none.
MayFail Restoration::choose_key() {
    if (is_other_log_) return choose_other_key();
    const BackupFile* const in_backup = backup_.manifest().find(backup_signing_key);
    std::string file = line_.value("log-key").value_or("");
    if (file.empty() && in_backup) {
        if (auto failure = backup_.check(*in_backup)) return failure;
        file = backup_.path(backup_signing_key);
    }
    if (file.empty()) return {};
    SigningKeyFile read = read_signing_key_file(file);
    if (!read.key) return failed(read.fault->what, ExitCode::error);
    if (!open_checkpoint(to_text(backup_.checkpoint().note), read.verifiers()))
        return failed(file + " is not the key that signed the backup's checkpoint",
                      ExitCode::integrity);
    signing_.emplace(SigningKeys{std::move(*read.key), std::move(read.previous)});
    return {};
}

MayFail Restoration::make_target() {
    std::error_code error;
    const bool is_new = fs::create_directories(data_, error);
    if (error) return failed(data_ + " can't be made: " + error.message(), ExitCode::error);
    if (is_new) fs::permissions(data_, fs::perms::owner_all, error);
    lock_.emplace(data_);
    if (!lock_->is_held()) return failed(already_making(data_), ExitCode::unavailable);
    // Another may have been there between the first look and the lock.
    if (auto failure = look_at_target()) return failure;
    is_under_way_ = true;
    remove_unfinished();
    return {};
}

MayFail Restoration::bring_events() {
    return until_ ? bring_some() : bring_all();
}

MayFail Restoration::bring_all() {
    std::error_code error;
    fs::create_directory(unfinished_, error);
    if (!error) fs::permissions(unfinished_, fs::perms::owner_all, error);
    if (error) return failed(unfinished_ + ": " + error.message(), ExitCode::error);
    ProgressLine progress;
    std::uint64_t done = 0;
    for (const BackupFile& file : backup_.manifest().files) {
        progress.show({.doing = "restored",
                       .done = done,
                       .things = "files",
                       .bytes_done = done,
                       .bytes_all = backup_.manifest().files.size()});
        ++done;
        if (!file.name.starts_with(backup_ledger_folder)) continue;
        const std::string name = file.name.substr(backup_ledger_folder.size());
        if (auto failure = backup_.copy(file, unfinished_ + "/" + name)) return failure;
    }
    OpenOptions options;
    options.directory = unfinished_;
    options.mode = OpenOptions::Mode::read_only;
    const auto opened = RocksdbLog::open(std::move(options));
    if (const auto* fault = std::get_if<LogFault>(&opened))
        return failed(fault->what, ExitCode::integrity);
    const EventLog& log = *std::get<std::unique_ptr<RocksdbLog>>(opened);
    events_ = log.next_seq();
    progress.clear();
    return verify(log);
}

MayFail Restoration::bring_some() {
    ProgressLine progress;
    const auto show_progress = [&](std::uint64_t done, std::uint64_t total) {
        progress.show({.doing = "restored",
                       .done = done,
                       .things = "events",
                       .bytes_done = done,
                       .bytes_all = total});
    };
    const auto problem = make_shorter_ledger(*source_.log, events_, unfinished_, show_progress);
    return problem ? failed(*problem, ExitCode::integrity) : std::nullopt;
}

MayFail Restoration::bring_key() {
    if (!signing_)
        return backup_.copy(*backup_.manifest().find(backup_verifier_keys),
                            verifier_keys_path(data_));
    return unless_good(replace_signing_key_file(signing_key_path(data_), *signing_));
}

// The backup's; of another log, its own over all that it holds.
MayFail Restoration::bring_checkpoint() {
    SignedNote note = backup_.checkpoint().note;
    if (is_other_log_) {
        const SignerKey& key = signing_->current;
        const auto made = make_other_log(unfinished_, backup_.keys().front(), key.verifier());
        if (const auto* problem = std::get_if<std::string>(&made))
            return failed(*problem, ExitCode::integrity);
        note = sign_checkpoint(std::get<TreeHead>(made), key);
    }
    return unless_good(write_checkpoint_file(checkpoint_path(data_), note));
}

MayFail Restoration::give_name() {
    for (const std::string& directory : {unfinished_, data_}) {
        if (auto failure = unless_good(sync_directory(directory))) return failure;
    }
    std::error_code error;
    fs::rename(unfinished_, ledger_path(data_), error);
    if (error) return failed(ledger_path(data_) + ": " + error.message(), ExitCode::error);
    is_under_way_ = false;
    if (auto failure = unless_good(sync_directory(data_))) return failure;
    return unless_good(sync_entry_of(data_));
}

std::string Restoration::summary() const {
    std::string text = "restored " + grouped(events_) + " events, of the backup of " +
                       to_rfc3339(backup_.manifest().made) + ", to " + data_ + "\n";
    if (is_other_log_)
        text += "from here on it is another log than " + backup_.keys().front().name +
                ", with this key:\n" + to_text(signing_->current.verifier()) + "\n";
    if (!signing_)
        text += "it has no key that signs: before it is served put log.key there, mode 0600, or "
                "name it with --signing-key\n";
    return text;
}

}  // namespace

ExitCode run_restore(const CommandLine& line) {
    std::optional<Moment> until;
    if (const auto text = line.value("until")) {
        until = parse_moment(*text, system_clock().now());
        if (!until)
            return say(line,
                       "--until is a seq, a time such as 2026-11-21T20:53:04Z, or a distance such "
                       "as -24h",
                       ExitCode::usage);
    }
    const auto read = KeptBackup::read(*line.value("from"));
    if (const auto* failure = std::get_if<Failure>(&read))
        return say(line, failure->what, failure->exit_code);
    Restoration restoration(line, std::get<KeptBackup>(read), until);
    if (const MayFail failure = restoration.run())
        return say(line, failure->what, failure->exit_code);
    return show(restoration.summary());
}

}  // namespace keyledger
