#pragma once
// The event log in memory: what tests run on, and the readable account of what a log is.

#include "ledger/log/event_log.hpp"

#include <array>
#include <deque>
#include <map>
#include <mutex>

namespace keyledger {

// Keeps the contract of EventLog but for durability. Never has a fault.
class MemoryLog final : public EventLog {
public:
    std::optional<LogFault> append(const LogBatch& batch) override;
    std::uint64_t next_seq() const override;
    std::optional<StoredEvent> read(std::uint64_t seq) const override;
    std::unique_ptr<EventCursor> scan(std::uint64_t seq) const override;
    std::optional<std::string> row(Family family, std::string_view key) const override;
    void rows(Family family, std::string_view from, std::string_view until,
              const std::function<bool(std::string_view key, std::string_view value)>& visit)
        const override;
    void rows_backward(Family family, std::string_view from, std::string_view until,
                       const std::function<bool(std::string_view key, std::string_view value)>&
                           visit) const override;
    std::optional<LogFault> put(const std::vector<Row>& rows) override;
    std::optional<LogFault> ingest(const std::function<void(const RowSink& sink)>& rows) override;
    std::optional<LogFault> erase(Family family, std::string_view from,
                                  std::string_view until) override;
    std::optional<LogFault> change(const RowChanges& changes, Durability durability) override;
    std::optional<LogFault> clear(Family family) override;
    void set_ledger_time(Timestamp time) override;

    // Drops the family's expired rows now.
    std::optional<LogFault> compact(Family family);

private:
    class Cursor;
    using Rows = std::map<std::string, std::string, std::less<>>;

    Rows& rows_of(Family family) { return rows_[static_cast<std::size_t>(family)]; }
    const Rows& rows_of(Family family) const { return rows_[static_cast<std::size_t>(family)]; }
    void write(const Row& row);
    void take_away(const RowRange& range);
    Rows range(Family family, std::string_view from, std::string_view until) const;

    mutable std::mutex mutex_;        // guards all below
    std::deque<StoredEvent> events_;  // by seq; what is in it neither moves nor changes
    std::array<Rows, families_count> rows_;
    Timestamp ledger_time_{};
};

}  // namespace keyledger
