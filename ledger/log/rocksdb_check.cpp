#include "ledger/log/rocksdb_check.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/log/rocksdb_options.hpp"
#include "ledger/stored/event_codec.hpp"

#include <rocksdb/db.h>

#include <algorithm>
#include <memory>

namespace keyledger {

namespace {

constexpr std::uint64_t events_checked_max = 10'000;

class Check {
public:
    Check(rocksdb::DB& database, const std::vector<rocksdb::ColumnFamilyHandle*>& columns)
        : database_(database), columns_(columns) {}

    std::variant<std::uint64_t, LogFault> run() {
        const auto format = meta_row(format_row);
        if (!format) return missing("this is no ledger: its format is not stated");
        if (format->size() != 4 || load_u32(*format) != format_version)
            return fault("the format is one that this version does not know");
        const auto stated = meta_row(next_seq_row);
        if (!stated || stated->size() != 8) return missing("the count of events is not stated");
        next_seq_ = load_u64(*stated);

        const std::unique_ptr<rocksdb::Iterator> events(
            database_.NewIterator(rocksdb::ReadOptions(), column(Column::events)));
        if (auto wrong = check_ends(*events)) return *wrong;
        if (auto wrong = check_newest(*events)) return *wrong;
        return next_seq_;
    }

private:
    rocksdb::ColumnFamilyHandle* column(Column which) const {
        return columns_[static_cast<std::size_t>(which)];
    }

    LogFault fault(const std::string& what) const {
        return {"open " + database_.GetName() + ": " + what};
    }

    // Why the last meta_row gave nothing of use.
    LogFault missing(const std::string& what) const {
        const bool read = status_.ok() || status_.IsNotFound();
        return read ? fault(what) : fault_of("open", database_.GetName(), status_);
    }

    std::optional<std::string> meta_row(std::string_view key) {
        std::string value;
        status_ = database_.Get(rocksdb::ReadOptions(), column(Column::meta),
                                rocksdb::Slice(key.data(), key.size()), &value);
        if (!status_.ok()) return std::nullopt;
        return value;
    }

    std::optional<LogFault> check_ends(rocksdb::Iterator& events) {
        events.SeekToFirst();
        const std::uint64_t first = events.Valid() ? seq_at(events) : 0;
        events.SeekToLast();
        const std::uint64_t next = events.Valid() ? seq_at(events) + 1 : 0;
        if (!events.status().ok()) return unreadable(events);
        if (first != 0) return fault("the first event is " + std::to_string(first) + ", not 0");
        // Events and their count are written at once, but reach their files apart: this is how a
        // write-ahead log that is missing shows, if it does.
        if (next != next_seq_)
            return fault("there are events up to " + std::to_string(next) + ", but " +
                         std::to_string(next_seq_) + " were written");
        return std::nullopt;
    }

    std::optional<LogFault> check_newest(rocksdb::Iterator& events) {
        std::uint64_t seq = next_seq_ - std::min(next_seq_, events_checked_max);
        for (events.Seek(key_of_seq(seq)); events.Valid(); events.Next(), ++seq) {
            if (seq_at(events) != seq) return fault("event " + std::to_string(seq) + " is missing");
            if (!has_leaf_frame({events.value().data(), events.value().size()}))
                return fault("event " + std::to_string(seq) + " is no leaf");
        }
        if (!events.status().ok()) return unreadable(events);
        return std::nullopt;
    }

    LogFault unreadable(const rocksdb::Iterator& events) const {
        return fault_of("open", database_.GetName(), events.status());
    }

    // Of a key of another length: one that no event has.
    static std::uint64_t seq_at(const rocksdb::Iterator& events) {
        const rocksdb::Slice key = events.key();
        return key.size() == 8 ? load_u64({key.data(), key.size()}) : UINT64_MAX - 1;
    }

    rocksdb::DB& database_;
    const std::vector<rocksdb::ColumnFamilyHandle*>& columns_;
    rocksdb::Status status_;
    std::uint64_t next_seq_ = 0;
};

}  // namespace

std::string key_of_seq(std::uint64_t seq) {
    std::string key;
    append_u64(key, seq);
    return key;
}

LogFault fault_of(std::string_view operation, const std::string& directory,
                  const rocksdb::Status& status) {
    std::string words = status.ToString();
    // It looks for a missing file under an old name last, and names that one.
    if (const auto old = words.find(".ldb"); old != std::string::npos)
        words.replace(old, 4, ".sst");
    return {std::string(operation) + " " + directory + ": " + words};
}

std::variant<std::uint64_t, LogFault> check_events(
    rocksdb::DB& database, const std::vector<rocksdb::ColumnFamilyHandle*>& columns) {
    return Check(database, columns).run();
}

}  // namespace keyledger
