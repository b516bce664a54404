#include "ledger/log/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

namespace keyledger {

LogFault errno_fault(std::string_view operation, const std::string& file) {
    const std::error_code error(errno, std::generic_category());
    return {std::string(operation) + " " + file + ": " + error.message()};
}

Descriptor::Descriptor(const std::string& file, int flags, mode_t mode)
    : number_(uninterrupted([&] { return ::open(file.c_str(), flags | O_CLOEXEC, mode); })) {}

Descriptor::~Descriptor() {
    if (is_open()) ::close(number_);
}

FileBytes read_all(const Descriptor& from, const std::string& file, std::size_t bytes_max) {
    // One more than allowed, so that a file that is too long shows itself.
    FileBytes read{.bytes = std::string(bytes_max + 1, '\0'), .fault = {}};
    std::size_t filled = 0;
    while (filled < read.bytes.size()) {
        const ssize_t got = uninterrupted([&] {
            return ::read(from.number(), read.bytes.data() + filled, read.bytes.size() - filled);
        });
        if (got < 0) read.fault = errno_fault("read", file);
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    if (filled > bytes_max) read.fault = LogFault{"read " + file + ": too long"};
    read.bytes.resize(filled);
    return read;
}

FileBytes read_regular_file(const std::string& file, std::size_t bytes_max) {
    // Without O_NONBLOCK the opening of a pipe would wait for who writes into it.
    const Descriptor in(file, O_RDONLY | O_NONBLOCK);
    struct stat status {};
    if (!in.is_open() || ::fstat(in.number(), &status) != 0) {
        const bool is_missing = !in.is_open() && errno == ENOENT;
        return {.bytes = {}, .fault = errno_fault("open", file), .is_missing = is_missing};
    }
    const auto failed = [&](const char* what) {
        return FileBytes{.bytes = {}, .fault = LogFault{"read " + file + ": " + what}};
    };
    if (!S_ISREG(status.st_mode)) return failed("not a regular file");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > bytes_max) return failed("too long");
    return read_all(in, file, size);
}

}  // namespace keyledger
