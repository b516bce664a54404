#pragma once
// An event log in front of another one: what a test wants to be different is overridden.

#include "ledger/log/event_log.hpp"

#include <memory>

namespace keyledger {

class ForwardingLog : public EventLog {
public:
    explicit ForwardingLog(EventLog& log) : log_(log) {}

    std::optional<LogFault> append(const LogBatch& batch) override { return log_.append(batch); }
    std::uint64_t next_seq() const override { return log_.next_seq(); }
    std::optional<StoredEvent> read(std::uint64_t seq) const override { return log_.read(seq); }
    std::unique_ptr<EventCursor> scan(std::uint64_t seq) const override { return log_.scan(seq); }
    std::optional<std::string> row(Family family, std::string_view key) const override {
        return log_.row(family, key);
    }
    void rows(Family family, std::string_view from, std::string_view until,
              const std::function<bool(std::string_view key, std::string_view value)>& visit)
        const override {
        log_.rows(family, from, until, visit);
    }
    void rows_backward(Family family, std::string_view from, std::string_view until,
                       const std::function<bool(std::string_view key, std::string_view value)>&
                           visit) const override {
        log_.rows_backward(family, from, until, visit);
    }
    std::optional<LogFault> put(const std::vector<Row>& rows) override { return log_.put(rows); }
    std::optional<LogFault> ingest(const std::function<void(const RowSink& sink)>& rows) override {
        return log_.ingest(rows);
    }
    std::optional<LogFault> erase(Family family, std::string_view from,
                                  std::string_view until) override {
        return log_.erase(family, from, until);
    }
    std::optional<LogFault> change(const RowChanges& changes, Durability durability) override {
        return log_.change(changes, durability);
    }
    std::optional<LogFault> clear(Family family) override { return log_.clear(family); }
    void set_ledger_time(Timestamp time) override { log_.set_ledger_time(time); }

private:
    EventLog& log_;
};

}  // namespace keyledger
