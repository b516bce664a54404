#include "tests/support/failing_disk.hpp"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace keyledger {

namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

using Disk = std::shared_ptr<const FailingDisk>;

class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
public:
    WritableFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, Disk disk)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(std::move(disk)) {}

    IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* context) override {
        if (disk_->writes) return IOStatus::NoSpace("the test's disk is full");
        return FSWritableFileOwnerWrapper::Append(data, options, context);
    }
    IOStatus Append(const Slice& data, const IOOptions& options,
                    const rocksdb::DataVerificationInfo& verification,
                    IODebugContext* context) override {
        if (disk_->writes) return IOStatus::NoSpace("the test's disk is full");
        return FSWritableFileOwnerWrapper::Append(data, options, verification, context);
    }
    IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
        if (disk_->syncs) return IOStatus::IOError("the test's disk does not sync");
        return FSWritableFileOwnerWrapper::Sync(options, context);
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
        if (disk_->syncs) return IOStatus::IOError("the test's disk does not sync");
        return FSWritableFileOwnerWrapper::Fsync(options, context);
    }

private:
    Disk disk_;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
public:
    RandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile>&& file, Disk disk)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), disk_(std::move(disk)) {}

    IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions& options, Slice* result,
                  char* scratch, IODebugContext* context) const override {
        if (disk_->reads) return IOStatus::IOError("the test's disk does not read");
        return FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch,
                                                    context);
    }

private:
    Disk disk_;
};

class FileSystem final : public rocksdb::FileSystemWrapper {
public:
    explicit FileSystem(Disk disk)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(std::move(disk)) {}

    const char* Name() const override { return "keyledger.FailingDisk"; }

    IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* context) override {
        const IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, context);
        if (status.ok()) *file = std::make_unique<WritableFile>(std::move(*file), disk_);
        return status;
    }
    IOStatus NewRandomAccessFile(const std::string& name, const FileOptions& options,
                                 std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                 IODebugContext* context) override {
        const IOStatus status =
            FileSystemWrapper::NewRandomAccessFile(name, options, file, context);
        if (status.ok()) *file = std::make_unique<RandomAccessFile>(std::move(*file), disk_);
        return status;
    }

private:
    Disk disk_;
};

}  // namespace

std::shared_ptr<rocksdb::Env> failing_env(std::shared_ptr<const FailingDisk> disk) {
    return rocksdb::NewCompositeEnv(std::make_shared<FileSystem>(std::move(disk)));
}

}  // namespace keyledger
