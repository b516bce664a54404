#include "projections/replay.hpp"

#include "ledger/log/tree_reader.hpp"
#include "ledger/log/tree_rows.hpp"
#include "ledger/stored/event_codec.hpp"
#include "projections/index_rows.hpp"
#include "projections/plausible.hpp"
#include "projections/snapshot.hpp"
#include "projections/use_tail.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {
namespace {

constexpr std::string_view rebuilding_row = "rebuilding";
constexpr std::uint64_t progress_every = 65'536;
constexpr std::uint64_t publish_every = 4096;  // what was replaced is freed then
constexpr std::size_t rows_per_put = 4096;

// What the stream's last event was, as far as the tables know it; nothing where a snapshot's record
// is newer than the event, so that there is nothing to compare.
std::optional<StreamHead> known_head(const Tables& tables, const Event& event) {
    const Stream& stream = event.envelope.stream;
    if (stream.kind != StreamKind::key) return tables.head(stream.kind);
    const KeyEntry* entry = tables.find_key(stream.key);
    if (!entry) return StreamHead{};
    if (event.envelope.seq <= entry->loaded_seq) return {};
    const KeyState& state = *entry->state.load();
    return StreamHead{state.revision, state.head};
}

// The keys and workspaces that a body names exist, and the new ones do not, since the sequencer
// wrote it against these very tables: anything else is damage, not a bug.
std::optional<std::string> wrong_with_names(const Tables& tables, const Event& event) {
    if (const auto* created = std::get_if<WorkspaceCreated>(&event.body)) {
        if (tables.find_workspace(created->document.slug)) return "creates a workspace again";
    } else if (const auto* changed = std::get_if<WorkspaceChanged>(&event.body)) {
        if (!tables.find_workspace(changed->after.slug)) {
            return "changes a workspace that was never created";
        }
    } else if (const auto* used = std::get_if<KeysUsed>(&event.body)) {
        for (const UseRow& row : used->rows) {
            if (!tables.find_key(row.key)) return "counts a key that was never created";
        }
    }
    const KeyId* key = key_of(event.body);
    if (!key) return {};
    const bool exists = tables.find_key(*key) != nullptr;
    if (!std::holds_alternative<KeyCreated>(event.body)) {
        if (!exists) return "speaks of a key that was never created";
    } else if (exists) {
        return "creates a key again";
    } else if (!tables.find_workspace(event.envelope.workspace)) {
        return "stands in a workspace that was never created";
    }
    return {};
}

// Whether the event is the one that must come next. All that Tables::apply relies on is asked here.
std::optional<std::string> wrong_with(const Tables& tables, const Event& event) {
    const Envelope& envelope = event.envelope;
    if (envelope.seq != tables.next_seq()) return "holds another seq";
    if (envelope.time < tables.ledger_time()) return "is earlier than the event before it";
    const std::optional<StreamHead> head = known_head(tables, event);
    if (head &&
        (envelope.stream_revision != head->revision + 1 || envelope.previous != head->leaf)) {
        return "does not continue its stream";
    }
    if (!is_plausible(event)) return "holds a value that nobody can have given it";
    return wrong_with_names(tables, event);
}

// The key that the event changes; null if it changes none, or makes it.
const KeyState* state_before(const Tables& tables, const Event& event) {
    const KeyId* key = key_of(event.body);
    const KeyEntry* entry = key ? tables.find_key(*key) : nullptr;
    return entry ? entry->state.load() : nullptr;
}

std::optional<LogFault> clear_derived(EventLog& log) {
    if (auto fault =
            log.put({{Family::meta, std::string(rebuilding_row), "1"}, use_rows_end_row(0)})) {
        return fault;
    }
    for (const Family family : derived_families) {
        if (auto fault = log.clear(family)) return fault;
    }
    return log.clear(Family::snapshots);
}

using BeforeApply = std::function<std::optional<LogFault>(const Event& event, const Digest& leaf)>;

// The tree beside the events: what was altered is not served as if it were true. `log` outlives it.
class HeldTree {
public:
    explicit HeldTree(const EventLog& log) : doubted_(first_doubted(log)) {
        if (!range_beside(log)) return;  // whoever opens the log says so
        tiles_ = TreeWriter::read(log, log.next_seq() / tile_width_max * tile_width_max);
        if (tiles_) reader_.emplace(log, *tiles_);
    }
    // Why the event is none of it, as far as can be told.
    std::optional<std::string> wrong(std::uint64_t seq, const Digest& leaf) {
        if (doubted_ && seq == doubted_->begin) return wrong_with(*doubted_);
        if (reader_ && reader_->subtree({0, seq}) != leaf) return not_in_tree;
        return {};
    }

private:
    const std::optional<DoubtedEvents> doubted_;
    std::optional<TreeWriter> tiles_;
    std::optional<TreeReader> reader_;
};

std::optional<LogFault> flush(EventLog& log, std::vector<Row>& rows, std::size_t at_least) {
    if (rows.size() < at_least || rows.empty()) return {};
    auto fault = log.put(rows);
    rows.clear();
    return fault;
}

// Applies the event that comes next; false if it does not hold, and says why.
bool replay_next(EventCursor& cursor, Tables& tables, RestoreResult& result, HeldTree* tree,
                 const BeforeApply& before) {
    const auto item = cursor.next();
    const std::uint64_t seq = tables.next_seq();
    if (!item || item->seq != seq) {
        result.fault = cursor.fault();
        if (!result.fault) result.damage = Damage{seq, "is missing"};
        return false;
    }
    const std::optional<Event> event = decode(item->leaf, item->personal);
    const Digest leaf = leaf_hash(item->leaf);
    std::optional<std::string> wrong =
        event ? wrong_with(tables, *event) : "holds bytes that are no event";
    if (!wrong && tree) wrong = tree->wrong(seq, leaf);
    if (wrong) {
        result.damage = Damage{seq, *wrong};
        return false;
    }
    if (before && (result.fault = before(*event, leaf))) return false;
    tables.apply(*event, leaf);
    return true;
}

// Applies the events from where the tables are up to `end`; false at what does not hold.
bool replay_until(const EventLog& log, Tables& tables, std::uint64_t end, RestoreResult& result,
                  HeldTree* tree, const BeforeApply& before, const Progress& progress) {
    const std::unique_ptr<EventCursor> cursor = log.scan(tables.next_seq());
    bool holds = true;
    while (tables.next_seq() < end) {
        holds = replay_next(*cursor, tables, result, tree, before);
        if (!holds) break;
        const std::uint64_t replayed = ++result.restored.replayed;
        if (replayed % publish_every == 0) tables.publish();
        if (replayed % progress_every == 0 && progress) progress(tables.next_seq(), end);
    }
    tables.publish();
    return holds;
}

bool needs_rebuild(const EventLog& log) {
    return log.row(Family::meta, rebuilding_row).value_or("") == "1" ||
           use_rows_end(log) > log.next_seq();
}

// The uses that a snapshot holds, and the rows do not.
void fill_tail(const EventLog& log, Tables& tables, RestoreResult& result) {
    const std::uint64_t begin = use_rows_end(log);
    tables.use_tail().begin_at(begin);
    if (begin >= tables.next_seq()) return;
    const std::unique_ptr<EventCursor> cursor = log.scan(begin);
    for (std::uint64_t seq = begin; seq < tables.next_seq(); ++seq) {
        const auto item = cursor->next();
        const std::optional<Event> event =
            item && item->seq == seq ? decode(item->leaf, item->personal) : std::nullopt;
        if (!event) {
            result.fault = cursor->fault();
            result.damage = Damage{seq, item ? "holds bytes that are no event" : "is missing"};
            return;
        }
        if (const auto* used = std::get_if<KeysUsed>(&event->body)) {
            tables.use_tail().add(seq, *used);
        }
    }
}

}  // namespace

std::optional<std::string> problem_of(const RestoreResult& result) {
    if (result.fault) return result.fault->what;
    if (result.damage) {
        return "event seq=" + std::to_string(result.damage->seq) + " " + result.damage->what;
    }
    return {};
}

RestoreResult replay(const EventLog& log, Tables& tables, std::uint64_t end) {
    RestoreResult result;
    tables.use_tail().begin_at(end);  // nobody asks it
    replay_until(log, tables, std::min(end, log.next_seq()), result, nullptr, {}, {});
    return result;
}

RestoreResult restore(EventLog& log, Tables& tables, Rebuild rebuild, const Progress& progress) {
    RestoreResult result;
    const bool rebuilds =
        rebuild == Rebuild::always || (rebuild == Rebuild::if_needed && needs_rebuild(log));
    std::vector<Row> rows;
    TreeWriter tree;
    std::optional<HeldTree> held;
    BeforeApply before;
    result.restored.rebuilt = rebuilds;
    if (rebuilds) {
        if ((result.fault = clear_derived(log))) return result;
        before = [&](const Event& event, const Digest& leaf) {
            append_index_rows(rows, event, state_before(tables, event));
            tree.append(leaf, rows);
            auto fault = flush(log, rows, rows_per_put);
            if (fault || tables.use_tail().size() < use_rows_worth_writing) return fault;
            return write_use_rows(log, tables.use_tail());
        };
    } else {
        result.restored.snapshot = load_newest_snapshot(log, tables);
        fill_tail(log, tables, result);
        if (result.fault || result.damage) return result;
        held.emplace(log);
    }
    if (!replay_until(log, tables, log.next_seq(), result, held ? &*held : nullptr, before,
                      progress)) {
        return result;
    }
    if (rebuilds) {
        if ((result.fault = write_use_rows(log, tables.use_tail()))) return result;
        rows.push_back(tree.range_row());
        rows.push_back({Family::meta, std::string(rebuilding_row), "0"});
        if ((result.fault = flush(log, rows, 1))) return result;
    }
    log.set_ledger_time(tables.ledger_time());
    return result;
}

}  // namespace keyledger
