#include "ledger/log/rocksdb_scan.hpp"

#include "ledger/log/rocksdb_check.hpp"
#include "ledger/log/rocksdb_options.hpp"

#include <rocksdb/db.h>

#include <utility>

namespace keyledger {

namespace {

// From so many events on a scan reads far ahead, and leaves the cache to others.
constexpr std::uint64_t long_scan_events = 10'000;
constexpr std::size_t long_scan_ahead_bytes = std::size_t{2} * 1024 * 1024;

std::string_view view_of(const rocksdb::Slice& bytes) {
    return {bytes.data(), bytes.size()};
}

// Both iterators look at one moment, so that an event and its personal values belong together.
class Cursor final : public EventCursor {
public:
    Cursor(rocksdb::DB& database, const std::vector<rocksdb::ColumnFamilyHandle*>& columns,
           ScanRange range, std::function<void(const LogFault&)> on_fault)
        : database_(database), range_(range), on_fault_(std::move(on_fault)) {
        if (range_.from >= range_.until) return;
        rocksdb::ReadOptions read;
        if (range_.until - range_.from >= long_scan_events) {
            read.readahead_size = long_scan_ahead_bytes;
            read.fill_cache = false;
        }
        std::vector<rocksdb::Iterator*> both;
        const rocksdb::Status status =
            database_.NewIterators(read,
                                   {columns[static_cast<std::size_t>(Column::events)],
                                    columns[static_cast<std::size_t>(Column::personal)]},
                                   &both);
        if (!status.ok()) {
            fail(fault_of("scan", database_.GetName(), status));
            return;
        }
        events_.reset(both[0]);
        personal_.reset(both[1]);
        events_->Seek(key_of_seq(range_.from));
        personal_->Seek(key_of_seq(range_.from));
    }

    std::optional<Item> next() override {
        if (fault_ || range_.from >= range_.until) return std::nullopt;
        if (begun_) {
            if (personal_is_there_) personal_->Next();
            events_->Next();
        }
        begun_ = true;
        const std::string key = key_of_seq(range_.from);
        if (!events_->Valid() || view_of(events_->key()) != key) return missing();
        if (!personal_->Valid() && !personal_->status().ok()) return unreadable(*personal_);
        personal_is_there_ = personal_->Valid() && view_of(personal_->key()) == key;
        return Item{.seq = range_.from++,
                    .leaf = view_of(events_->value()),
                    .personal = personal_is_there_ ? view_of(personal_->value()) : ""};
    }

    const std::optional<LogFault>& fault() const override { return fault_; }

private:
    std::optional<Item> missing() {
        if (!events_->Valid() && !events_->status().ok()) return unreadable(*events_);
        fail({"scan " + database_.GetName() + ": event " + std::to_string(range_.from) +
              " is missing"});
        return std::nullopt;
    }

    std::optional<Item> unreadable(const rocksdb::Iterator& rows) {
        fail(fault_of("scan", database_.GetName(), rows.status()));
        return std::nullopt;
    }

    void fail(LogFault fault) {
        if (on_fault_) on_fault_(fault);
        fault_ = std::move(fault);
    }

    rocksdb::DB& database_;
    ScanRange range_;  // what is still to come
    std::function<void(const LogFault&)> on_fault_;
    std::unique_ptr<rocksdb::Iterator> events_, personal_;
    bool begun_ = false;              // `events_` stands at the event given last,
    bool personal_is_there_ = false;  // and `personal_` at what belongs to it, or beyond
    std::optional<LogFault> fault_;
};

}  // namespace

std::unique_ptr<EventCursor> scan_events(rocksdb::DB& database,
                                         const std::vector<rocksdb::ColumnFamilyHandle*>& columns,
                                         ScanRange range,
                                         const std::function<void(const LogFault&)>& on_fault) {
    return std::make_unique<Cursor>(database, columns, range, on_fault);
}

}  // namespace keyledger
