#include "tools/commands/report_output.hpp"

#include "tools/terminal/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace keyledger {

namespace {

constexpr std::size_t waiting_bytes = 64 * 1024;

// Owners' names and addresses stand in reports: they are nobody else's to read.
std::FILE* new_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
}

}  // namespace

ReportOutput::ReportOutput() = default;

ReportOutput::ReportOutput(const std::string& path) : path_(path), file_(new_file(path)) {
    if (!file_) fail();
}

bool ReportOutput::fail() {
    if (!has_failed_) {
        print_error("keyledger audit report: " + path_ + " can't be written: " +
                    std::strerror(errno));
    }
    has_failed_ = true;
    return false;
}

bool ReportOutput::write(std::string_view text) {
    if (has_failed_) return false;
    waiting_ += text;
    return waiting_.size() < waiting_bytes || flush();
}

bool ReportOutput::flush() {
    if (path_.empty()) {
        has_failed_ = !print_all(waiting_);
    } else {
        digest_.add(waiting_);
        bytes_ += waiting_.size();
        const std::size_t written = std::fwrite(waiting_.data(), 1, waiting_.size(), file_.get());
        if (written != waiting_.size() || std::fflush(file_.get()) != 0) fail();
    }
    waiting_.clear();
    return !has_failed_;
}

bool ReportOutput::finish() {
    if (has_failed_ || !flush()) return false;
    return !file_ || ::fsync(::fileno(file_.get())) == 0 || fail();
}

}  // namespace keyledger
