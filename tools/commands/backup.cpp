#include "tools/commands/backup.hpp"

#include "ledger/backup/backup_directory.hpp"
#include "ledger/backup/backup_reader.hpp"
#include "ledger/backup/backup_writer.hpp"
#include "ledger/base/clock.hpp"
#include "ledger/log/directory.hpp"
#include "tools/commands/api.hpp"
#include "tools/commands/audit_say.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/commands/directory_in_use.hpp"
#include "tools/terminal/progress.hpp"

#include <filesystem>
#include <memory>
#include <utility>
#include <variant>

namespace keyledger {
namespace {

// A backup on its way into its directory.
class Incoming {
public:
    Incoming(const CommandLine& line, std::string to) : line_(line), to_(std::move(to)) {}

    // Success, or what the program ends with; said by then.
    ExitCode begin() {
        const auto unused = check_unused(to_);
        if (unused) return say(line_, unused->what, ExitCode::conflict);
        auto made = BackupDirectory::make(to_);
        if (const auto* fault = std::get_if<LogFault>(&made)) {
            std::error_code error;
            const bool is_another = std::filesystem::exists(to_ + ".partial", error);
            return say(line_, fault->what, is_another ? ExitCode::conflict : ExitCode::error);
        }
        directory_ = std::move(std::get<std::unique_ptr<BackupDirectory>>(made));
        reader_ = std::make_unique<BackupReader>(*directory_);
        return ExitCode::success;
    }

    bool take(std::string_view piece) {
        const bool is_good = reader_->take(piece);
        progress_.show({.doing = "backed up",
                        .done = reader_->bytes_taken(),
                        .things = "bytes",
                        .bytes_done = reader_->bytes_taken(),
                        .bytes_all = 0});
        return is_good;
    }

    bool is_wrong() const { return !reader_->problem().empty(); }

    // All has been taken that came.
    ExitCode end() {
        progress_.clear();
        if (is_wrong()) {
            const bool disk = reader_->is_fault_of_files();
            return say(line_, reader_->problem(), disk ? ExitCode::error : ExitCode::integrity);
        }
        if (!reader_->is_whole()) {
            return say(line_, "the backup was cut short, and nothing of it was kept",
                       ExitCode::unavailable);
        }
        if (const auto fault = directory_->finish())
            return say(line_, fault->what, ExitCode::error);
        const BackupManifest& manifest = reader_->manifest();
        return show("backed up " + grouped(manifest.events) + " events, " +
                    grouped(manifest.bytes) + " bytes, to " + to_ + "\n");
    }

private:
    const CommandLine& line_;
    const std::string to_;
    std::unique_ptr<BackupDirectory> directory_;
    std::unique_ptr<BackupReader> reader_;
    ProgressLine progress_;
};

ExitCode back_up_server(Api& api) {
    const CommandLine& line = api.line();
    const HttpCall call = api.call("POST", "/v1/backups");
    if (api.prints_curl()) return api.print_curl(call);
    Incoming incoming(line, *line.value("to"));
    if (const ExitCode begun = incoming.begin(); begun != ExitCode::success) return begun;
    api.client().stop_on_interrupt();  // so that what is unfinished goes
    const HttpAnswer answer =
        api.stream(call, [&](std::string_view piece) { return incoming.take(piece); });
    if (answer.status != 0 && answer.status / 100 != 2) return api.fail(answer);
    if (answer.interrupted || (answer.status == 0 && !incoming.is_wrong()))
        return say(line, answer.problem + ": the backup was cut short, and nothing of it was kept",
                   ExitCode::unavailable);
    return incoming.end();
}

// What a directory's backup needs; or what the program ends with, said by then.
struct Source {
    OpenedLedger ledger;
    std::string checkpoint;
    std::vector<VerifierKey> keys;
    std::string signing_key;
    ExitCode exit_code = ExitCode::success;
};

Source open_source(const CommandLine& line, const std::string& data) {
    Source source;
    const auto refuse = [&](const std::string& what, ExitCode exit_code) {
        source.exit_code = say(line, what, exit_code);
        return std::move(source);
    };
    if (!holds_ledger(data)) return refuse(data + " holds no ledger", ExitCode::not_found);
    if (const std::optional<long> process = process_using(ledger_path(data))) {
        return refuse(data + " is in use by process " + std::to_string(*process) +
                          ": if it is served, ask that server for the backup, with --url",
                      ExitCode::unavailable);
    }
    // Nobody writes to it, or makes another backup, as long as it is open.
    source.ledger = open_ledger(data, {});
    if (!source.ledger.log) return refuse(source.ledger.problem, source.ledger.exit_code);
    DirectoryKeys own = directory_keys(data, line.value("signing-key"));
    if (own.keys.empty()) return refuse(own.problem, ExitCode::integrity);
    source.keys = std::move(own.keys);
    FileBytes read = read_regular_file(checkpoint_path(data), note_bytes_max);
    if (read.fault) return refuse(read.fault->what, ExitCode::integrity);
    source.checkpoint = std::move(read.bytes);
    if (line.has("with-log-key")) {
        source.signing_key = line.value("signing-key").value_or(signing_key_path(data));
        if (own.are_from_backup)
            return refuse(source.signing_key + " is not there", ExitCode::not_found);
    }
    return source;
}

ExitCode back_up_directory(const CommandLine& line, const std::string& data) {
    const Source source = open_source(line, data);
    if (!source.ledger.log) return source.exit_code;
    if (source.exit_code != ExitCode::success) return source.exit_code;
    Incoming incoming(line, *line.value("to"));
    if (const ExitCode begun = incoming.begin(); begun != ExitCode::success) return begun;
    auto made = BackupCopy::make({.log = *source.ledger.log,
                                  .directory = backup_copy_path(data),
                                  .checkpoint = [&source] { return source.checkpoint; },
                                  .keys = source.keys,
                                  .signing_key = source.signing_key});
    if (const auto* fault = std::get_if<LogFault>(&made))
        return say(line, fault->what, ExitCode::integrity);
    BackupWriter writer(std::move(std::get<std::unique_ptr<BackupCopy>>(made)),
                        system_clock().now());
    for (;;) {
        const std::string piece = writer.next();
        if (piece.empty() || !incoming.take(piece)) break;
    }
    if (writer.fault()) return say(line, writer.fault()->what, ExitCode::error);
    return incoming.end();
}

}  // namespace

ExitCode run_backup(const CommandLine& line) {
    const auto data = line.value("data");
    if (!data) {
        if (line.has("with-log-key") || line.has("signing-key")) {
            return say(line,
                       "no server gives away the key that signs: --with-log-key and --signing-key "
                       "go with --data",
                       ExitCode::usage);
        }
        return with_api(line, back_up_server);
    }
    for (const char* flag : {"url", "ca", "token-file", "curl"}) {
        if (line.has(flag))
            return say(line, "--data and --" + std::string(flag) + " don't go together",
                       ExitCode::usage);
    }
    return back_up_directory(line, *data);
}

}  // namespace keyledger
