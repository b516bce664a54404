#include "projections/derived_check.hpp"

#include "ledger/base/sha256.hpp"
#include "ledger/log/expiry.hpp"
#include "ledger/log/usage_counts.hpp"
#include "projections/index_rows.hpp"
#include "projections/tables.hpp"
#include "projections/use_tail.hpp"

#include <array>
#include <cassert>
#include <map>
#include <utility>

namespace keyledger {
namespace {

// Above all row keys.
const std::string keys_end(64, '\xff');

// Of rows in any order. That of usage rows is linear in their counts, since such rows are added up.
class RowSum {
public:
    void add(Family family, std::string_view key, std::string_view value) {
        const auto counts = family == Family::usage ? decode_usage_counts(value) : std::nullopt;
        if (!counts) return add(hash_of(key, value), 1);
        for (std::size_t i = 0; i < counts->by_outcome.size(); ++i) {
            if (counts->by_outcome[i] == 0) continue;
            add(hash_of(key, std::to_string(i)), counts->by_outcome[i]);
        }
        if (counts->cost > 0) add(hash_of(key, "cost"), counts->cost);
    }
    friend bool operator==(const RowSum&, const RowSum&) = default;

private:
    static Digest hash_of(std::string_view key, std::string_view value) {
        std::string size;
        append_u64(size, key.size());
        return sha256({size, key, value});
    }
    void add(const Digest& hash, std::uint64_t times) {
        const std::string_view bytes = view_of(hash);
        for (std::size_t i = 0; i < lanes_.size(); ++i) {
            lanes_[i] += times * load_u64(bytes.substr(8 * i, 8));
        }
    }
    std::array<std::uint64_t, 4> lanes_{};
};

// Reads a log, and sums the rows that would be written beside it in place of writing them.
class SummingLog final : public EventLog {
public:
    SummingLog(const EventLog& log, Timestamp ledger_time) : log_(log), time_(ledger_time) {}

    const RowSum& sum(Family family) { return sums_[family]; }
    void add(Family family, std::string_view key, std::string_view value) {
        if (!is_expired(family, key, value, time_)) sums_[family].add(family, key, value);
    }
    // All that the log holds of a family.
    void add_stored(Family family) {
        log_.rows(family, "", keys_end, [&](std::string_view key, std::string_view value) {
            add(family, key, value);
            return true;
        });
    }

    std::optional<LogFault> append(const LogBatch&) override {
        assert(false && "nothing is appended in a replay");
        return LogFault{"append"};
    }
    std::uint64_t next_seq() const override { return log_.next_seq(); }
    std::optional<StoredEvent> read(std::uint64_t seq) const override { return log_.read(seq); }
    std::unique_ptr<EventCursor> scan(std::uint64_t seq) const override { return log_.scan(seq); }
    std::optional<std::string> row(Family family, std::string_view key) const override {
        if (family != Family::meta) return {};
        const auto found = meta_.find(key);
        return found == meta_.end() ? std::nullopt : std::optional(found->second);
    }
    void rows(Family, std::string_view, std::string_view,
              const std::function<bool(std::string_view, std::string_view)>&) const override {}
    void rows_backward(
        Family, std::string_view, std::string_view,
        const std::function<bool(std::string_view, std::string_view)>&) const override {}
    std::optional<LogFault> put(const std::vector<Row>& rows) override {
        for (const Row& row : rows) take(row.family, row.key, row.value);
        return {};
    }
    std::optional<LogFault> ingest(const std::function<void(const RowSink&)>& rows) override {
        rows([this](Family family, std::string_view key, std::string_view value) {
            take(family, key, value);
        });
        return {};
    }
    std::optional<LogFault> erase(Family, std::string_view, std::string_view) override {
        return {};
    }
    std::optional<LogFault> change(const RowChanges&, Durability) override {
        assert(false && "nothing is changed in a replay");
        return LogFault{"change"};
    }
    std::optional<LogFault> clear(Family family) override {
        sums_.erase(family);
        return {};
    }
    void set_ledger_time(Timestamp) override {}

private:
    void take(Family family, std::string_view key, std::string_view value) {
        if (family == Family::meta) {
            meta_[std::string(key)] = value;
        } else {
            add(family, key, value);
        }
    }

    const EventLog& log_;
    const Timestamp time_;
    std::map<Family, RowSum> sums_;
    std::map<std::string, std::string, std::less<>> meta_;
};

std::string_view name_of(Family family) {
    switch (family) {
        case Family::streams:
            return "streams";
        case Family::history:
            return "history";
        case Family::idempotency:
            return "idempotency";
        case Family::usage:
            return "usage";
        case Family::tree:
            return "tree";
        case Family::access:
            return "access";
        case Family::snapshots:
        case Family::meta:
        case Family::raft:
            break;
    }
    return "";
}

}  // namespace

std::optional<std::string> wrong_with_derived(EventLog& log, const Progress& progress) {
    Tables tables;
    // Its rows' time is over as of the newest event, as for the rows that are there.
    const std::uint64_t size = log.next_seq();
    const auto last = size > 0 ? log.read(size - 1) : std::nullopt;
    const auto event = last ? decode(last->leaf, last->personal) : std::nullopt;
    if (!event) return "the newest event can't be read";
    SummingLog made(log, event->envelope.time), stored(log, event->envelope.time);
    if (const auto wrong = problem_of(restore(made, tables, Rebuild::always, progress)))
        return wrong;
    if (made.row(Family::meta, log_key_row) != log.row(Family::meta, log_key_row))
        return "the row of the key that signs is not that of the events";
    // From a snapshot, if there is one; it also gives the uses that the rows do not hold yet.
    Tables from_snapshot;
    if (const auto wrong = problem_of(restore(log, from_snapshot, Rebuild::never, progress)))
        return wrong;
    if (from_snapshot.digest() != tables.digest())
        return "the newest snapshot does not lead to what the events make of the tables";
    if (const auto fault = write_use_rows(stored, from_snapshot.use_tail())) return fault->what;
    for (const Family family : derived_families) {
        stored.add_stored(family);
        if (stored.sum(family) != made.sum(family))
            return "the rows of the family " + std::string(name_of(family)) +
                   " are not those of the events; `serve --rebuild` makes them again";
    }
    return {};
}

}  // namespace keyledger
