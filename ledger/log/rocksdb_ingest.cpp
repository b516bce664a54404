#include "ledger/log/rocksdb_ingest.hpp"

#include "ledger/log/rocksdb_check.hpp"
#include "ledger/log/rocksdb_options.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>

#include <cassert>
#include <memory>
#include <string_view>
#include <utility>

namespace keyledger {
namespace {

rocksdb::Slice slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}

// One file a family that rows come for. After the first failure nothing more is written.
class FamilyFiles {
public:
    FamilyFiles(rocksdb::DB& database, const std::vector<rocksdb::ColumnFamilyHandle*>& columns,
                std::string directory)
        : database_(database), columns_(columns), directory_(std::move(directory)) {}

    void add(Family family, std::string_view key, std::string_view value) {
        if (!status_.ok()) return;
        if (!writer_ || family != family_) begin(family);
        if (!status_.ok()) return;
        status_ = family == Family::usage ? writer_->Merge(slice(key), slice(value))
                                          : writer_->Put(slice(key), slice(value));
    }

    // All files become the database's, or none does.
    rocksdb::Status take_in() {
        end();
        if (!status_.ok() || files_.empty()) return status_;
        return database_.IngestExternalFiles(files_);
    }

private:
    void begin(Family family) {
        assert(!writer_ || family_ < family);
        end();
        if (!status_.ok()) return;
        family_ = family;
        rocksdb::ColumnFamilyHandle* const column =
            columns_[static_cast<std::size_t>(column_of(family))];
        path_ = directory_ + "/ingest-" + column->GetName() + ".sst";
        const rocksdb::Options options = database_.GetOptions(column);
        writer_ =
            std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(options), options, column);
        status_ = writer_->Open(path_);
    }

    void end() {
        if (!writer_ || !status_.ok()) return;
        status_ = writer_->Finish();
        writer_.reset();
        rocksdb::IngestExternalFileArg& file = files_.emplace_back();
        file.column_family = columns_[static_cast<std::size_t>(column_of(family_))];
        file.external_files = {path_};
        file.options.move_files = true;
    }

    rocksdb::DB& database_;
    const std::vector<rocksdb::ColumnFamilyHandle*>& columns_;
    const std::string directory_;
    Family family_{};
    std::string path_;
    std::unique_ptr<rocksdb::SstFileWriter> writer_;
    std::vector<rocksdb::IngestExternalFileArg> files_;
    rocksdb::Status status_;
};

}  // namespace

std::optional<LogFault> ingest_rows(
    rocksdb::DB& database, const std::vector<rocksdb::ColumnFamilyHandle*>& columns,
    const std::string& directory, const std::function<void(const EventLog::RowSink& sink)>& rows) {
    FamilyFiles files(database, columns, directory);
    rows([&](Family family, std::string_view key, std::string_view value) {
        files.add(family, key, value);
    });
    const rocksdb::Status status = files.take_in();
    if (status.ok()) return std::nullopt;
    return fault_of("ingest into", directory, status);
}

}  // namespace keyledger
