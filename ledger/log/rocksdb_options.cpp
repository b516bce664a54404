#include "ledger/log/rocksdb_options.hpp"

#include "ledger/log/expiry.hpp"
#include "ledger/log/usage_counts.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <array>

namespace keyledger {

namespace {

constexpr std::array<std::string_view, columns_count> column_names{
    "default",     "events", "personal",  "tree", "streams", "history",
    "idempotency", "usage",  "snapshots", "meta", "raft",    "access",
};

constexpr std::size_t block_cache_bytes = std::size_t{64} * 1024 * 1024;
constexpr std::size_t row_write_buffer_bytes = std::size_t{16} * 1024 * 1024;
constexpr std::size_t write_buffers_bytes_max = std::size_t{256} * 1024 * 1024;
constexpr std::uint64_t write_ahead_bytes_max = std::uint64_t{512} * 1024 * 1024;
constexpr int open_files_max = 512;
constexpr int background_jobs_max = 2;
constexpr std::size_t info_log_files_max = 4;
constexpr std::size_t info_log_bytes_max = std::size_t{8} * 1024 * 1024;
constexpr std::size_t protection_bytes_per_key = 8;
constexpr double filter_bits_per_key = 10;
constexpr std::uint64_t day_seconds = 24 * 60 * 60;

std::string_view view_of(const rocksdb::Slice& slice) {
    return {slice.data(), slice.size()};
}

class AddUsage final : public rocksdb::AssociativeMergeOperator {
public:
    const char* Name() const override { return "keyledger.AddUsage"; }

    bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& value,
               std::string* sum, rocksdb::Logger*) const override {
        *sum = existing ? merged_usage(view_of(*existing), view_of(value)) : value.ToString();
        return true;
    }
};

// Lives for one compaction, and holds all its rows to one time.
class DropExpired final : public rocksdb::CompactionFilter {
public:
    DropExpired(Family family, Timestamp ledger_time)
        : family_(family), ledger_time_(ledger_time) {}

    const char* Name() const override { return "keyledger.DropExpired"; }

    bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
                bool*) const override {
        return is_expired(family_, view_of(key), view_of(value), ledger_time_);
    }

    bool FilterMergeOperand(int, const rocksdb::Slice& key,
                            const rocksdb::Slice& operand) const override {
        return is_expired(family_, view_of(key), view_of(operand), ledger_time_);
    }

private:
    Family family_;
    Timestamp ledger_time_;
};

class DropExpiredFactory final : public rocksdb::CompactionFilterFactory {
public:
    DropExpiredFactory(Family family, std::shared_ptr<const LedgerTime> ledger_time)
        : family_(family), ledger_time_(std::move(ledger_time)) {}

    const char* Name() const override { return "keyledger.DropExpired"; }

    std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
        const rocksdb::CompactionFilter::Context&) override {
        return std::make_unique<DropExpired>(family_, ledger_time_->load());
    }

private:
    Family family_;
    std::shared_ptr<const LedgerTime> ledger_time_;
};

rocksdb::CompressionType compression() {
    const auto supported = rocksdb::GetSupportedCompressions();
    const bool lz4 = std::ranges::find(supported, rocksdb::kLZ4Compression) != supported.end();
    return lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
}

// Where single rows are looked up that are often not there.
bool wants_filter(Column column) {
    return column == Column::idempotency || column == Column::streams;
}

rocksdb::ColumnFamilyOptions family_options(Column column, const OpenOptions& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache,
                                            const std::shared_ptr<const LedgerTime>& ledger_time) {
    rocksdb::ColumnFamilyOptions family;
    family.compression = compression();
    family.write_buffer_size = column == Column::events
                                   ? options.write_buffer_bytes
                                   : std::min(options.write_buffer_bytes, row_write_buffer_bytes);
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    if (wants_filter(column))
        table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(filter_bits_per_key));
    family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

    // Rows that lie still are looked at again after that long, so that the expired ones go.
    if (column == Column::usage) {
        family.merge_operator = std::make_shared<AddUsage>();
        family.compaction_filter_factory =
            std::make_shared<DropExpiredFactory>(Family::usage, ledger_time);
        family.periodic_compaction_seconds = 7 * day_seconds;
    }
    if (column == Column::idempotency) {
        family.compaction_filter_factory =
            std::make_shared<DropExpiredFactory>(Family::idempotency, ledger_time);
        family.periodic_compaction_seconds = day_seconds;
    }
    return family;
}

rocksdb::WriteOptions write_options(bool sync) {
    rocksdb::WriteOptions options;
    options.sync = sync;
    options.protection_bytes_per_key = protection_bytes_per_key;
    return options;
}

}  // namespace

Column column_of(Family family) {
    switch (family) {
        case Family::streams:
            return Column::streams;
        case Family::history:
            return Column::history;
        case Family::idempotency:
            return Column::idempotency;
        case Family::usage:
            return Column::usage;
        case Family::snapshots:
            return Column::snapshots;
        case Family::meta:
            return Column::meta;
        case Family::tree:
            return Column::tree;
        case Family::access:
            return Column::access;
        case Family::raft:
            return Column::raft;
    }
    return Column::unused;
}

rocksdb::DBOptions database_options(const OpenOptions& options) {
    const bool creates = options.mode == OpenOptions::Mode::create;
    rocksdb::DBOptions database;
    if (options.env) database.env = options.env.get();
    database.create_if_missing = creates;
    database.error_if_exists = creates;
    database.create_missing_column_families = creates;

    // With RocksDB's default a flipped bit in the middle of the write-ahead log opens without an
    // error, and all after it is gone. This one refuses, and lets a tail go that a crash left
    // unfinished.
    database.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    database.recycle_log_file_num = 0;  // a file used again would end in old records
    database.manual_wal_flush = false;
    database.max_total_wal_size = write_ahead_bytes_max;
    database.paranoid_checks = true;
    database.max_bgerror_resume_count = 0;  // a disk that failed is not tried again
    database.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();

    database.db_write_buffer_size = write_buffers_bytes_max;
    database.max_open_files = open_files_max;
    database.max_background_jobs = background_jobs_max;
    database.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    database.keep_log_file_num = info_log_files_max;
    database.max_log_file_size = info_log_bytes_max;
    return database;
}

std::vector<rocksdb::ColumnFamilyDescriptor> column_families(
    const OpenOptions& options, const std::shared_ptr<const LedgerTime>& ledger_time) {
    const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(block_cache_bytes);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (std::size_t i = 0; i < columns_count; ++i)
        families.emplace_back(
            std::string(column_names[i]),
            family_options(Column{static_cast<std::uint8_t>(i)}, options, cache, ledger_time));
    return families;
}

rocksdb::WriteOptions synced_write() {
    return write_options(true);
}

rocksdb::WriteOptions unsynced_write() {
    return write_options(false);
}

}  // namespace keyledger
