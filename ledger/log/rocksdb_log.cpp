#include "ledger/log/rocksdb_log.hpp"

#include "ledger/log/directory.hpp"
#include "ledger/log/rocksdb_check.hpp"
#include "ledger/log/rocksdb_copy.hpp"
#include "ledger/log/rocksdb_ingest.hpp"
#include "ledger/log/rocksdb_notes.hpp"
#include "ledger/log/rocksdb_options.hpp"
#include "ledger/log/rocksdb_scan.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <cassert>

namespace keyledger {

namespace {

using Handles = std::vector<rocksdb::ColumnFamilyHandle*>;

constexpr std::size_t protection_bytes_per_key = 8;

rocksdb::Slice slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}

std::string_view view_of(const rocksdb::Slice& bytes) {
    return {bytes.data(), bytes.size()};
}

rocksdb::WriteOptions write_of(Durability durability) {
    return durability == Durability::synced ? synced_write() : unsynced_write();
}

// With the two things that RocksDB's own words leave out.
LogFault open_fault(const std::string& directory, const rocksdb::Status& status,
                    const RecoveryNotes& notes) {
    LogFault fault = fault_of("open", directory, status);
    const std::string words = status.ToString();
    if (words.find("/LOCK") != std::string::npos)
        fault.what = "open " + directory + ": another process has it open: " + words;
    else if (status.IsCorruption() && words.find(directory) == std::string::npos)
        if (const std::string damage = notes.damage(); !damage.empty())
            fault.what += " (" + damage + ")";
    return fault;
}

}  // namespace

struct RocksdbLog::State {
    OpenOptions options;
    std::shared_ptr<LedgerTime> ledger_time = std::make_shared<LedgerTime>(Timestamp{});
    std::unique_ptr<rocksdb::DB> database;
    Handles columns;                         // in the order of Column
    std::atomic<std::uint64_t> next_seq{0};  // published after the write
    std::optional<LogFault> failed;          // of the thread that writes

    ~State() {
        for (rocksdb::ColumnFamilyHandle* column : columns)
            (void)database->DestroyColumnFamilyHandle(column);
    }

    rocksdb::ColumnFamilyHandle* column(Column which) const {
        return columns[static_cast<std::size_t>(which)];
    }
    rocksdb::ColumnFamilyHandle* column(Family family) const { return column(column_of(family)); }

    std::optional<LogFault> open_database();
    std::optional<LogFault> make_new();
    std::optional<LogFault> recover();

    void add(rocksdb::WriteBatch& writes, const Row& row) const;
    void change(rocksdb::WriteBatch& writes, const std::vector<RowRange>& erased,
                const std::vector<Row>& written) const;
    std::optional<LogFault> write(rocksdb::WriteBatch& writes, const rocksdb::WriteOptions& how,
                                  std::string_view operation);
    // Keeps the first fault for good.
    std::optional<LogFault> outcome(const rocksdb::Status& status, std::string_view operation);

    void report(std::string_view operation, const rocksdb::Status& status) const {
        report(fault_of(operation, options.directory, status));
    }
    void report(const LogFault& fault) const {
        if (options.on_read_fault) options.on_read_fault(fault);
    }
};

std::variant<std::unique_ptr<RocksdbLog>, LogFault> RocksdbLog::open(OpenOptions options) {
    auto state = std::make_unique<State>();
    state->options = std::move(options);
    if (auto fault = state->open_database()) return *fault;
    const bool creates = state->options.mode == OpenOptions::Mode::create;
    if (auto fault = creates ? state->make_new() : state->recover()) return *fault;
    return std::unique_ptr<RocksdbLog>(new RocksdbLog(std::move(state)));
}

RocksdbLog::RocksdbLog(std::unique_ptr<State> state) : state_(std::move(state)) {}

RocksdbLog::~RocksdbLog() = default;

std::optional<LogFault> RocksdbLog::State::open_database() {
    rocksdb::DBOptions settings = database_options(options);
    if (options.mode == OpenOptions::Mode::create) {
        if (auto fault = check_unused(options.directory)) return fault;
    } else if (const auto current = options.directory + "/CURRENT";
               !settings.env->FileExists(current).ok()) {
        return LogFault{"open " + options.directory + ": there is no " + current +
                        ": this is no ledger, or a damaged one"};
    }
    const auto notes = std::make_shared<RecoveryNotes>();
    settings.info_log = info_log(options, settings, notes);
    const auto families = column_families(options, ledger_time);
    rocksdb::DB* opened = nullptr;
    const rocksdb::Status status =
        options.mode == OpenOptions::Mode::read_only
            ? rocksdb::DB::OpenForReadOnly(settings, options.directory, families, &columns, &opened)
            : rocksdb::DB::Open(settings, options.directory, families, &columns, &opened);
    database.reset(opened);
    if (!status.ok()) return open_fault(options.directory, status, *notes);
    return std::nullopt;
}

std::optional<LogFault> RocksdbLog::State::make_new() {
    std::string format, count;
    append_u32(format, format_version);
    append_u64(count, 0);
    rocksdb::WriteBatch writes(0, 0, protection_bytes_per_key, 0);
    add(writes, {Family::meta, std::string(format_row), format});
    add(writes, {Family::meta, std::string(next_seq_row), count});
    if (auto fault = write(writes, synced_write(), "create")) return fault;
    // Into a file of its own, so that the directory is known for a ledger without its write-ahead
    // log.
    const rocksdb::Status status = database->Flush(rocksdb::FlushOptions(), column(Column::meta));
    if (auto fault = outcome(status, "create")) return fault;
    return sync_entry_of(options.directory);
}

std::optional<LogFault> RocksdbLog::State::recover() {
    const auto found = check_events(*database, columns);
    if (const auto* fault = std::get_if<LogFault>(&found)) return *fault;
    next_seq = std::get<std::uint64_t>(found);
    return std::nullopt;
}

void RocksdbLog::State::add(rocksdb::WriteBatch& writes, const Row& row) const {
    const rocksdb::Status status =
        row.family == Family::usage
            ? writes.Merge(column(row.family), slice(row.key), slice(row.value))
            : writes.Put(column(row.family), slice(row.key), slice(row.value));
    assert(status.ok());  // refused are only rows of more than 4 GiB
}

void RocksdbLog::State::change(rocksdb::WriteBatch& writes, const std::vector<RowRange>& erased,
                               const std::vector<Row>& written) const {
    for (const auto& [family, from, until] : erased) {
        if (from >= until) continue;
        const rocksdb::Status status =
            writes.DeleteRange(column(family), slice(from), slice(until));
        assert(status.ok());
    }
    for (const Row& row : written) {
        assert(row.family != Family::meta || !row.key.starts_with("log."));
        add(writes, row);
    }
}

std::optional<LogFault> RocksdbLog::State::write(rocksdb::WriteBatch& writes,
                                                 const rocksdb::WriteOptions& how,
                                                 std::string_view operation) {
    if (failed) return failed;
    return outcome(database->Write(how, &writes), operation);
}

std::optional<LogFault> RocksdbLog::State::outcome(const rocksdb::Status& status,
                                                   std::string_view operation) {
    if (!status.ok() && !failed) failed = fault_of(operation, options.directory, status);
    return failed;
}

std::optional<LogFault> RocksdbLog::append(const LogBatch& batch) {
    assert(batch.first_seq == next_seq());
    std::size_t bytes = 0;
    for (const StoredEvent& event : batch.events)
        bytes += event.leaf.size() + event.personal.size() + 64;
    for (const Row& row : batch.rows) bytes += row.key.size() + row.value.size() + 32;

    rocksdb::WriteBatch writes(bytes, 0, protection_bytes_per_key, 0);
    std::uint64_t seq = batch.first_seq;
    for (const StoredEvent& event : batch.events) {
        const std::string key = key_of_seq(seq++);
        rocksdb::Status status = writes.Put(state_->column(Column::events), key, event.leaf);
        if (status.ok() && !event.personal.empty())
            status = writes.Put(state_->column(Column::personal), key, event.personal);
        assert(status.ok());
    }
    state_->change(writes, batch.erased, batch.rows);
    std::string count;
    append_u64(count, seq);
    state_->add(writes, {Family::meta, std::string(next_seq_row), count});

    if (auto fault = state_->write(writes, write_of(batch.durability), "append to")) return fault;
    state_->next_seq.store(seq, std::memory_order_release);
    return std::nullopt;
}

std::uint64_t RocksdbLog::next_seq() const {
    return state_->next_seq.load(std::memory_order_acquire);
}

std::optional<StoredEvent> RocksdbLog::read(std::uint64_t seq) const {
    if (seq >= next_seq()) return std::nullopt;
    const std::string key = key_of_seq(seq);
    StoredEvent event;
    rocksdb::Status status = state_->database->Get(
        rocksdb::ReadOptions(), state_->column(Column::events), key, &event.leaf);
    if (status.ok()) {
        status = state_->database->Get(rocksdb::ReadOptions(), state_->column(Column::personal),
                                       key, &event.personal);
        if (status.ok() || status.IsNotFound()) return event;
    } else if (status.IsNotFound()) {
        state_->report({"read " + state_->options.directory + ": event " + std::to_string(seq) +
                        " is missing"});
        return std::nullopt;
    }
    state_->report("read", status);
    return std::nullopt;
}

std::unique_ptr<EventCursor> RocksdbLog::scan(std::uint64_t seq) const {
    return scan_events(*state_->database, state_->columns, {.from = seq, .until = next_seq()},
                       state_->options.on_read_fault);
}

std::optional<std::string> RocksdbLog::row(Family family, std::string_view key) const {
    std::string value;
    const rocksdb::Status status =
        state_->database->Get(rocksdb::ReadOptions(), state_->column(family), slice(key), &value);
    if (status.ok()) return value;
    if (!status.IsNotFound()) state_->report("read", status);
    return std::nullopt;
}

void RocksdbLog::rows(
    Family family, std::string_view from, std::string_view until,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
    if (from >= until) return;
    const rocksdb::Slice upper = slice(until);
    rocksdb::ReadOptions read;
    read.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> found(
        state_->database->NewIterator(read, state_->column(family)));
    for (found->Seek(slice(from)); found->Valid(); found->Next())
        if (!visit(view_of(found->key()), view_of(found->value()))) return;
    if (!found->status().ok()) state_->report("read", found->status());
}

void RocksdbLog::rows_backward(
    Family family, std::string_view from, std::string_view until,
    const std::function<bool(std::string_view key, std::string_view value)>& visit) const {
    if (from >= until) return;
    const rocksdb::Slice lower = slice(from), upper = slice(until);
    rocksdb::ReadOptions read;
    read.iterate_lower_bound = &lower;
    read.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> found(
        state_->database->NewIterator(read, state_->column(family)));
    for (found->SeekToLast(); found->Valid(); found->Prev())
        if (!visit(view_of(found->key()), view_of(found->value()))) return;
    if (!found->status().ok()) state_->report("read", found->status());
}

std::optional<LogFault> RocksdbLog::put(const std::vector<Row>& rows) {
    rocksdb::WriteBatch writes(0, 0, protection_bytes_per_key, 0);
    state_->change(writes, {}, rows);
    return state_->write(writes, unsynced_write(), "write to");
}

std::optional<LogFault> RocksdbLog::ingest(const std::function<void(const RowSink& sink)>& rows) {
    return ingest_rows(*state_->database, state_->columns, state_->options.directory, rows);
}

std::optional<LogFault> RocksdbLog::erase(Family family, std::string_view from,
                                          std::string_view until) {
    if (state_->failed || from >= until) return state_->failed;
    rocksdb::WriteBatch writes(0, 0, protection_bytes_per_key, 0);
    state_->change(writes, {{family, std::string(from), std::string(until)}}, {});
    return state_->write(writes, unsynced_write(), "erase from");
}

std::optional<LogFault> RocksdbLog::change(const RowChanges& changes, Durability durability) {
    rocksdb::WriteBatch writes(0, 0, protection_bytes_per_key, 0);
    state_->change(writes, changes.erased, changes.written);
    return state_->write(writes, write_of(durability), "write to");
}

std::optional<LogFault> RocksdbLog::clear(Family family) {
    assert(family != Family::meta && family != Family::raft);
    if (state_->failed) return state_->failed;
    const std::unique_ptr<rocksdb::Iterator> rows(
        state_->database->NewIterator(rocksdb::ReadOptions(), state_->column(family)));
    rows->SeekToLast();
    if (!rows->Valid()) return state_->outcome(rows->status(), "clear");
    const std::string after_last = rows->key().ToString() + '\0';

    rocksdb::WriteBatch writes(0, 0, protection_bytes_per_key, 0);
    const rocksdb::Status status = writes.DeleteRange(state_->column(family), "", after_last);
    assert(status.ok());
    if (auto fault = state_->write(writes, synced_write(), "clear")) return fault;
    return compact(family);
}

void RocksdbLog::set_ledger_time(Timestamp time) {
    Timestamp known = state_->ledger_time->load();
    while (known < time && !state_->ledger_time->compare_exchange_weak(known, time)) {
    }
}

std::optional<LogFault> RocksdbLog::compact(Family family) {
    if (state_->failed) return state_->failed;
    const rocksdb::Status flushed =
        state_->database->Flush(rocksdb::FlushOptions(), state_->columns);
    if (auto fault = state_->outcome(flushed, "compact")) return fault;
    rocksdb::CompactRangeOptions all;
    all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    const rocksdb::Status status =
        state_->database->CompactRange(all, state_->column(family), nullptr, nullptr);
    return state_->outcome(status, "compact");
}

std::optional<LogFault> RocksdbLog::check_files() const {
    // Every block has a checksum; what lies between them, the file's own alone.
    rocksdb::Status status = state_->database->VerifyChecksum();
    if (status.ok()) status = state_->database->VerifyFileChecksums(rocksdb::ReadOptions());
    if (status.ok()) return std::nullopt;
    return fault_of("check", state_->options.directory, status);
}

std::optional<LogFault> RocksdbLog::write_out() const {
    return write_out_files(*state_->database, state_->columns);
}

std::optional<LogFault> RocksdbLog::copy_files(const std::string& directory) const {
    return copy_database(*state_->database, directory);
}

}  // namespace keyledger
