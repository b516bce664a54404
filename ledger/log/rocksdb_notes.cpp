#include "ledger/log/rocksdb_notes.hpp"

#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <array>
#include <cstdarg>
#include <cstdio>

namespace keyledger {

namespace {

constexpr std::size_t line_bytes_max = 1024;

class NotingLogger final : public rocksdb::Logger {
public:
    NotingLogger(std::shared_ptr<rocksdb::Logger> file, std::shared_ptr<RecoveryNotes> notes)
        : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL),
          file_(std::move(file)),
          notes_(std::move(notes)) {}

    void Logv(const char* format, std::va_list arguments) override {
        Logv(rocksdb::InfoLogLevel::INFO_LEVEL, format, arguments);
    }

    void Logv(const rocksdb::InfoLogLevel level, const char* format,
              std::va_list arguments) override {
        std::va_list again;
        va_copy(again, arguments);
        std::array<char, line_bytes_max> line{};
        std::vsnprintf(line.data(), line.size(), format, again);
        va_end(again);
        notes_->note(line.data());
        if (file_) file_->Logv(level, format, arguments);
    }

    // A hundred kilobytes of settings at each start.
    void LogHeader(const char*, std::va_list) override {}

    void Flush() override {
        if (file_) file_->Flush();
    }

private:
    std::shared_ptr<rocksdb::Logger> file_;
    std::shared_ptr<RecoveryNotes> notes_;
};

}  // namespace

void RecoveryNotes::note(std::string_view line) {
    if (line.find(".log: dropping ") == std::string_view::npos) return;
    // "[db/db_impl/db_impl_open.cc:982] /data/000004.log: dropping 7 bytes; ..."
    if (line.starts_with('['))
        if (const auto end = line.find("] "); end != std::string_view::npos)
            line.remove_prefix(end + 2);
    const std::lock_guard lock(mutex_);
    damage_ = line;
}

std::string RecoveryNotes::damage() const {
    const std::lock_guard lock(mutex_);
    return damage_;
}

std::shared_ptr<rocksdb::Logger> info_log(const OpenOptions& options,
                                          const rocksdb::DBOptions& database,
                                          std::shared_ptr<RecoveryNotes> notes) {
    std::shared_ptr<rocksdb::Logger> file;
    // Without a LOG RocksDB works as well.
    if (options.mode != OpenOptions::Mode::read_only)
        (void)rocksdb::CreateLoggerFromOptions(options.directory, database, &file);
    return std::make_shared<NotingLogger>(std::move(file), std::move(notes));
}

}  // namespace keyledger
