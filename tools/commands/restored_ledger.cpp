#include "tools/commands/restored_ledger.hpp"

#include "ledger/base/clock.hpp"
#include "ledger/base/random.hpp"
#include "ledger/log/rocksdb_log.hpp"
#include "ledger/log/tree_rows.hpp"
#include "projections/history.hpp"
#include "projections/replay.hpp"
#include "projections/use_tail.hpp"
#include "replication/bootstrap.hpp"

#include <memory>
#include <utility>

namespace keyledger {
namespace {

constexpr std::size_t batch_bytes = 4 * 1024 * 1024;

// What is asked here is in the events alone.
const UseTail no_tail;

std::variant<std::unique_ptr<RocksdbLog>, LogFault> open(const std::string& directory,
                                                         OpenOptions::Mode mode) {
    OpenOptions options;
    options.directory = directory;
    options.mode = mode;
    return RocksdbLog::open(std::move(options));
}

// The events before `end`, byte for byte, and the id of the node that wrote them.
std::optional<LogFault> copy_events(const EventLog& from, std::uint64_t end, EventLog& to,
                                    const EventProgress& progress) {
    const std::unique_ptr<EventCursor> cursor = from.scan(0);
    LogBatch batch;
    if (const auto node = from.row(Family::meta, node_id_row))
        batch.rows.push_back({Family::meta, std::string(node_id_row), *node});
    std::size_t bytes = 0;
    for (std::uint64_t seq = 0; seq < end; ++seq) {
        const auto item = cursor->next();
        if (!item || item->seq != seq) {
            return cursor->fault().value_or(
                LogFault{"event seq=" + std::to_string(seq) + " is missing"});
        }
        batch.events.push_back({std::string(item->leaf), std::string(item->personal)});
        bytes += item->leaf.size() + item->personal.size();
        if (bytes < batch_bytes && seq + 1 < end) continue;
        if (auto fault = to.append(batch)) return fault;
        batch = {.first_seq = seq + 1, .events = {}, .rows = {}};
        bytes = 0;
        if (progress) progress(seq + 1, end);
    }
    return std::nullopt;
}

}  // namespace

std::uint64_t events_until(const EventLog& log, Timestamp time) {
    const auto seq = History(log, no_tail).seq_at(time, log.next_seq() - 1);
    return seq ? *seq + 1 : 0;
}

std::optional<std::string> make_shorter_ledger(const EventLog& from, std::uint64_t end,
                                               const std::string& directory,
                                               const EventProgress& progress) {
    auto made = open(directory, OpenOptions::Mode::create);
    if (const auto* fault = std::get_if<LogFault>(&made)) return fault->what;
    RocksdbLog& log = *std::get<std::unique_ptr<RocksdbLog>>(made);
    if (const auto fault = copy_events(from, end, log, progress)) return fault->what;
    // All rows beside the events, the tree too, come from the events alone.
    Tables tables;
    const RestoreResult restored = restore(log, tables, Rebuild::always, progress);
    if (auto problem = problem_of(restored)) return problem;
    if (const auto fault = log.write_out()) return fault->what;
    return std::nullopt;
}

std::variant<TreeHead, std::string> make_other_log(const std::string& directory,
                                                   const VerifierKey& before,
                                                   const VerifierKey& after) {
    auto opened = open(directory, OpenOptions::Mode::existing);
    if (const auto* fault = std::get_if<LogFault>(&opened)) return fault->what;
    RocksdbLog& log = *std::get<std::unique_ptr<RocksdbLog>>(opened);
    Tables tables;
    if (auto problem = problem_of(restore(log, tables, Rebuild::if_needed))) return *problem;
    if (!TreeWriter::open(log)) return "the tree beside the events is not theirs";
    const std::string reason = "restored from a backup, as another log: the " +
                               std::to_string(log.next_seq()) + " events before are of " +
                               before.name;
    const LogKeyRotated rotated{.before = to_text(before), .after = to_text(after)};
    const auto fault =
        state_other_key(log, tables, system_clock(), system_random(), rotated, reason);
    if (fault) return fault->what;
    const auto range = stored_range(log, log.next_seq());
    if (!range) return "the tree beside the events can't be read back";
    return range->head();
}

}  // namespace keyledger
