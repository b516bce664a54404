#pragma once
// A log in which one event is another one than was written, or is gone.

#include "tests/support/forwarding_log.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace keyledger {

class AlteredLog final : public ForwardingLog {
public:
    // Nothing `instead`: the event is gone. `log` outlives it.
    AlteredLog(EventLog& log, std::uint64_t seq, std::optional<StoredEvent> instead)
        : ForwardingLog(log), seq_(seq), instead_(std::move(instead)) {}

    std::optional<StoredEvent> read(std::uint64_t seq) const override {
        return seq == seq_ ? instead_ : ForwardingLog::read(seq);
    }
    std::unique_ptr<EventCursor> scan(std::uint64_t seq) const override {
        return std::make_unique<Cursor>(ForwardingLog::scan(seq), *this);
    }

private:
    class Cursor final : public EventCursor {
    public:
        Cursor(std::unique_ptr<EventCursor> cursor, const AlteredLog& log)
            : cursor_(std::move(cursor)), log_(log) {}
        std::optional<Item> next() override {
            auto item = cursor_->next();
            if (!item || item->seq != log_.seq_) return item;
            if (!log_.instead_) return cursor_->next();
            return Item{
                .seq = item->seq, .leaf = log_.instead_->leaf, .personal = log_.instead_->personal};
        }
        const std::optional<LogFault>& fault() const override { return cursor_->fault(); }

    private:
        std::unique_ptr<EventCursor> cursor_;
        const AlteredLog& log_;
    };

    std::uint64_t seq_;
    std::optional<StoredEvent> instead_;
};

}  // namespace keyledger
