#include "tools/commands/audit.hpp"

#include "http/admin/documents.hpp"
#include "http/query.hpp"
#include "ledger/base/clock.hpp"
#include "ledger/log/checkpoint_file.hpp"
#include "projections/export/exported_event.hpp"
#include "projections/history.hpp"
#include "projections/replay.hpp"
#include "projections/use_tail.hpp"
#include "replication/checkpoint_signer.hpp"
#include "tools/commands/data_directory.hpp"
#include "tools/commands/directory_in_use.hpp"
#include "tools/terminal/terminal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace keyledger {
namespace {

constexpr std::size_t write_bytes = 64 * 1024;

ExitCode say(ExitCode exit_code, const std::string& what) {
    print_error("keyledger audit: " + what);
    return exit_code;
}

// Standard output, or a new file; what could not be written is a failure, and said.
class Lines {
public:
    bool open(const std::optional<std::string>& path) {
        if (!path) return true;
        file_.reset(std::fopen(path->c_str(), "wx"));
        return file_ != nullptr;
    }
    bool write(std::string& document) {
        buffer_.append(document).push_back('\n');
        document.clear();
        return buffer_.size() < write_bytes || flush();
    }
    bool flush() {
        const bool whole = file_ ? write_to_file() : print_all(buffer_);
        buffer_.clear();
        return whole;
    }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    bool write_to_file() {
        std::FILE* const file = file_.get();
        const bool whole = std::fwrite(buffer_.data(), 1, buffer_.size(), file) == buffer_.size();
        if (whole && std::fflush(file) == 0) return true;
        say(ExitCode::error, std::string("the output can't be written: ") + std::strerror(errno));
        return false;
    }

    std::unique_ptr<std::FILE, Close> file_;  // null: standard output
    std::string buffer_;
};

// A ledger that is open for reading alone, and the faults of those reads.
struct Audited {
    std::unique_ptr<RocksdbLog> log;
    std::shared_ptr<std::optional<LogFault>> fault = std::make_shared<std::optional<LogFault>>();
    ExitCode exit_code = ExitCode::success;
};

// What the log holds must extend the directory's last checkpoint: one that was cut says so.
std::optional<std::string> wrong_with_checkpoint(const CommandLine& line, const std::string& data,
                                                 const EventLog& log) {
    const DirectoryKeys own = directory_keys(data, line.value("signing-key"));
    if (own.keys.empty()) return own.problem;
    const CheckpointFile file = read_checkpoint_file(checkpoint_path(data), own.keys);
    if (file.fault) return file.fault->what;
    if (!file.checkpoint) return checkpoint_path(data) + " is missing";
    return contradiction(log, file.checkpoint->checkpoint.tree);
}

Audited open_audited(const CommandLine& line) {
    Audited audited;
    const auto refuse = [&](ExitCode exit_code, const std::string& what) {
        audited.exit_code = say(exit_code, what);
        return std::move(audited);
    };
    const std::optional<std::string> data = line.value("data");
    if (!data) return refuse(ExitCode::usage, "--data DIR is missing");
    if (!holds_ledger(*data)) return refuse(ExitCode::not_found, *data + " holds no ledger");
    if (const auto irregular = irregular_in(*data)) return refuse(ExitCode::integrity, *irregular);
    if (const std::optional<long> process = process_using(ledger_path(*data))) {
        return refuse(ExitCode::unavailable,
                      *data + " is in use by process " + std::to_string(*process) +
                          ". Stop that server first, or ask it: `keyledger events -o ndjson` for "
                          "the history, `keyledger keys get KEY --as-of` for a key as it stood");
    }
    OpenedLedger opened = open_ledger_to_read(
        *data, [fault = audited.fault](const LogFault& what) { *fault = what; });
    if (!opened.log) return refuse(opened.exit_code, opened.problem);
    if (const auto wrong = wrong_with_checkpoint(line, *data, *opened.log)) {
        return refuse(ExitCode::integrity, *wrong);
    }
    audited.log = std::move(opened.log);
    return audited;
}

// What is asked here is in the events alone.
const UseTail no_tail;

struct Bound {
    std::optional<std::uint64_t> seq;  // nothing: before all events
    std::optional<Timestamp> time;     // if it was given as one
};

// Of a time: the first event that is not before it, or the last one that is not after it.
enum class Side : std::uint8_t { first, last };

// Nothing, and the exit code says why, if the flag makes no sense; `otherwise` if it is not there.
std::optional<Bound> read_bound(const CommandLine& line, const char* name, const EventLog& log,
                                std::uint64_t otherwise, Side side) {
    const std::optional<std::string> text = line.value(name);
    if (!text) return Bound{otherwise, {}};
    const std::optional<Moment> moment = parse_moment(*text, system_clock().now());
    if (!moment) {
        say(ExitCode::usage, std::string("--") + name +
                                 " is a seq, a time such as "
                                 "2026-11-21T20:53:04Z, or a distance such as -24h");
        return {};
    }
    if (const auto* seq = std::get_if<std::uint64_t>(&*moment)) return Bound{*seq, {}};
    const Timestamp time = std::get<Timestamp>(*moment);
    const std::uint64_t newest = log.next_seq() - 1;
    if (side == Side::last) return Bound{History(log, no_tail).seq_at(time, newest), time};
    const std::optional<std::uint64_t> earlier =
        History(log, no_tail).seq_at(time - Duration(1), newest);
    return Bound{earlier ? *earlier + 1 : 0, time};
}

ExitCode print_keys(const Tables& tables, const std::optional<KeyId>& wanted, Timestamp at) {
    Lines lines;
    std::string document;
    for (const KeyEntry& entry : tables.keys()) {
        if (wanted && entry.id != *wanted) continue;
        append_key(document, *entry.state.load(), *entry.use.load(), at);
        if (!lines.write(document)) return ExitCode::error;
    }
    return lines.flush() ? ExitCode::success : ExitCode::error;
}

ExitCode export_events(const EventLog& log, ExportFormat format, std::uint64_t from,
                       std::uint64_t until, Lines& lines) {
    const std::optional<PastEvent> first = History(log, no_tail).event(0);
    if (!first) return say(ExitCode::integrity, "event 0 can't be read");
    const Uuid ledger = first->event.envelope.id;
    std::string document;
    const std::unique_ptr<EventCursor> cursor = log.scan(from);
    while (const auto item = cursor->next()) {
        if (item->seq > until) break;
        const std::optional<Event> event = decode(item->leaf, item->personal);
        if (!event) {
            lines.flush();
            return say(ExitCode::integrity, "event " + std::to_string(item->seq) +
                                                " is damaged: what was before it "
                                                "was exported");
        }
        append_exported(document, format, *event, leaf_hash(item->leaf), ledger);
        if (!lines.write(document)) return ExitCode::error;
    }
    if (!lines.flush()) return ExitCode::error;
    if (cursor->fault()) return say(ExitCode::integrity, cursor->fault()->what);
    return ExitCode::success;
}

}  // namespace

ExitCode run_audit_replay(const CommandLine& line) {
    std::optional<KeyId> key;
    if (const std::optional<std::string> text = line.value("key")) {
        key = parse_key_id(*text);
        if (!key) return say(ExitCode::usage, "--key is the id of a key, key_...");
    }
    const Audited audited = open_audited(line);
    if (!audited.log) return audited.exit_code;
    const std::uint64_t newest = audited.log->next_seq() - 1;
    const std::optional<Bound> until = read_bound(line, "until", *audited.log, newest, Side::last);
    if (!until) return ExitCode::usage;
    Tables tables;
    const std::uint64_t end = until->seq ? std::min(*until->seq, newest) + 1 : 0;
    const RestoreResult result = replay(*audited.log, tables, end);
    if (const auto problem = problem_of(result)) return say(ExitCode::integrity, *problem);
    if (*audited.fault) return say(ExitCode::integrity, (*audited.fault)->what);
    if (key && !tables.find_key(*key)) {
        return say(ExitCode::not_found, "there was no key " + to_text(*key) + " then");
    }
    return print_keys(tables, key, until->time.value_or(tables.ledger_time()));
}

ExitCode run_audit_export(const CommandLine& line) {
    const std::string name = line.value("format").value_or("ndjson");
    if (name == "tiles") return run_audit_export_tiles(line);
    const std::optional<ExportFormat> format = parse_export_format(name);
    if (!format) return say(ExitCode::usage, "--format is ndjson, cloudevents, ocsf or tiles");
    const Audited audited = open_audited(line);
    if (!audited.log) return audited.exit_code;
    const std::optional<Bound> from = read_bound(line, "from", *audited.log, 0, Side::first);
    if (!from) return ExitCode::usage;
    const std::optional<Bound> until = read_bound(
        line, "until", *audited.log, std::numeric_limits<std::uint64_t>::max(), Side::last);
    if (!until) return ExitCode::usage;
    Lines lines;
    const std::optional<std::string> to = line.value("to");
    if (!lines.open(to)) {
        const bool exists = errno == EEXIST;
        return say(exists ? ExitCode::conflict : ExitCode::error,
                   *to + " can't be made: " + std::strerror(errno));
    }
    if (!until->seq) return ExitCode::success;
    const ExitCode exit_code = export_events(*audited.log, *format, *from->seq, *until->seq, lines);
    if (exit_code == ExitCode::success && *audited.fault) {
        return say(ExitCode::integrity, (*audited.fault)->what);
    }
    return exit_code;
}

}  // namespace keyledger
