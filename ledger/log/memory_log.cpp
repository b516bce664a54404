#include "ledger/log/memory_log.hpp"

#include "ledger/log/expiry.hpp"
#include "ledger/log/usage_counts.hpp"

#include <algorithm>
#include <cassert>

namespace keyledger {

class MemoryLog::Cursor final : public EventCursor {
public:
    Cursor(const MemoryLog& log, std::uint64_t seq) : log_(log), seq_(seq), end_(log.next_seq()) {}

    std::optional<Item> next() override {
        if (seq_ >= end_) return std::nullopt;
        const std::lock_guard lock(log_.mutex_);
        const StoredEvent& event = log_.events_[seq_];
        return Item{.seq = seq_++, .leaf = event.leaf, .personal = event.personal};
    }

    const std::optional<LogFault>& fault() const override { return no_fault_; }

private:
    const MemoryLog& log_;
    std::uint64_t seq_, end_;
    std::optional<LogFault> no_fault_;
};

std::optional<LogFault> MemoryLog::append(const LogBatch& batch) {
    const std::lock_guard lock(mutex_);
    assert(batch.first_seq == events_.size());
    for (const StoredEvent& event : batch.events) events_.push_back(event);
    for (const RowRange& range : batch.erased) take_away(range);
    for (const Row& row : batch.rows) write(row);
    return std::nullopt;
}

std::uint64_t MemoryLog::next_seq() const {
    const std::lock_guard lock(mutex_);
    return events_.size();
}

std::optional<StoredEvent> MemoryLog::read(std::uint64_t seq) const {
    const std::lock_guard lock(mutex_);
    if (seq >= events_.size()) return std::nullopt;
    return events_[seq];
}

std::unique_ptr<EventCursor> MemoryLog::scan(std::uint64_t seq) const {
    return std::make_unique<Cursor>(*this, seq);
}

std::optional<std::string> MemoryLog::row(Family family, std::string_view key) const {
    const std::lock_guard lock(mutex_);
    const auto found = rows_of(family).find(key);
    if (found == rows_of(family).end()) return std::nullopt;
    return found->second;
}

void MemoryLog::rows(
    Family family, std::string_view from, std::string_view until,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
    for (const auto& [key, value] : range(family, from, until))
        if (!visit(key, value)) return;
}

void MemoryLog::rows_backward(
    Family family, std::string_view from, std::string_view until,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
    const Rows found = range(family, from, until);
    for (auto row = found.rbegin(); row != found.rend(); ++row)
        if (!visit(row->first, row->second)) return;
}

std::optional<LogFault> MemoryLog::put(const std::vector<Row>& rows) {
    const std::lock_guard lock(mutex_);
    for (const Row& row : rows) write(row);
    return std::nullopt;
}

std::optional<LogFault> MemoryLog::ingest(const std::function<void(const RowSink& sink)>& rows) {
    std::vector<Row> taken;
    rows([&](Family family, std::string_view key, std::string_view value) {
        const bool in_order = taken.empty() || taken.back().family < family ||
                              (taken.back().family == family && taken.back().key < key);
        assert(in_order);
        taken.push_back({family, std::string(key), std::string(value)});
    });
    return put(taken);
}

std::optional<LogFault> MemoryLog::erase(Family family, std::string_view from,
                                         std::string_view until) {
    const std::lock_guard lock(mutex_);
    take_away({family, std::string(from), std::string(until)});
    return std::nullopt;
}

std::optional<LogFault> MemoryLog::change(const RowChanges& changes, Durability) {
    const std::lock_guard lock(mutex_);
    for (const RowRange& range : changes.erased) take_away(range);
    for (const Row& row : changes.written) write(row);
    return std::nullopt;
}

std::optional<LogFault> MemoryLog::clear(Family family) {
    assert(family != Family::meta && family != Family::raft);
    const std::lock_guard lock(mutex_);
    rows_of(family).clear();
    return std::nullopt;
}

void MemoryLog::set_ledger_time(Timestamp time) {
    const std::lock_guard lock(mutex_);
    ledger_time_ = std::max(ledger_time_, time);
}

std::optional<LogFault> MemoryLog::compact(Family family) {
    const std::lock_guard lock(mutex_);
    std::erase_if(rows_of(family), [&](const auto& row) {
        return is_expired(family, row.first, row.second, ledger_time_);
    });
    return std::nullopt;
}

void MemoryLog::write(const Row& row) {
    Rows& rows = rows_of(row.family);
    const auto found = rows.find(row.key);
    if (row.family == Family::usage && found != rows.end())
        found->second = merged_usage(found->second, row.value);
    else
        rows.insert_or_assign(row.key, row.value);
}

void MemoryLog::take_away(const RowRange& range) {
    if (range.from >= range.until) return;
    Rows& rows = rows_of(range.family);
    rows.erase(rows.lower_bound(range.from), rows.lower_bound(range.until));
}

// A copy, so that a visitor may call the log.
MemoryLog::Rows MemoryLog::range(Family family, std::string_view from,
                                 std::string_view until) const {
    const std::lock_guard lock(mutex_);
    if (from >= until) return {};
    const Rows& rows = rows_of(family);
    return {rows.lower_bound(from), rows.lower_bound(until)};
}

}  // namespace keyledger
