#include "tools/logging.hpp"

#include "ledger/base/log_value.hpp"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <utility>

namespace keyledger {

namespace {

// The whole of `bytes`, or as much as goes: a log that can't be written must not stop the service.
void write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

// Owner and group read it, since it names keys and addresses.
int open_for_append(const std::string& path) {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

// Writes lines to a descriptor of its own, or to standard error. Any thread: base_sink holds the
// lock.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    LineSink(LogFormat format, std::string path, int file)
        : format_(format), path_(std::move(path)), file_(file) {}
    ~LineSink() override {
        if (!path_.empty()) ::close(file_);
    }
    LineSink(const LineSink&) = delete;
    LineSink& operator=(const LineSink&) = delete;

    // False with errno if the file can't be opened; then the old one stays.
    bool reopen() {
        if (path_.empty()) return true;
        const int opened = open_for_append(path_);
        if (opened < 0) return false;
        const std::lock_guard lock(mutex_);
        ::close(std::exchange(file_, opened));
        return true;
    }

    const std::string& path() const { return path_; }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const auto time = std::chrono::time_point_cast<Duration>(message.time);
        const spdlog::string_view_t level = spdlog::level::to_string_view(message.level);
        write_all(file_, format_log_line(format_, time, {level.data(), level.size()},
                                         {message.payload.data(), message.payload.size()}));
    }
    void flush_() override {}

private:
    LogFormat format_;
    std::string path_;  // empty: standard error
    int file_;
};

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::critical:
            return spdlog::level::critical;
    }
    return spdlog::level::info;
}

}  // namespace

OpenedLog open_log(const LogSettings& settings) {
    int file = STDERR_FILENO;
    if (!settings.file.empty()) file = open_for_append(settings.file);
    if (file < 0) return {.logger = nullptr, .problem = std::strerror(errno)};
    auto sink = std::make_shared<LineSink>(settings.format, settings.file, file);
    auto logger = std::make_shared<spdlog::logger>("keyledger", std::move(sink));
    logger->set_level(level_of(settings.level));
    return {.logger = std::move(logger), .problem = {}};
}

void reopen_log(spdlog::logger& logger) {
    for (const spdlog::sink_ptr& sink : logger.sinks()) {
        auto* const lines = dynamic_cast<LineSink*>(sink.get());
        if (!lines || lines->reopen()) continue;
        const std::string why = std::strerror(errno);
        logger.error("log_not_reopened file={} why={}", log_value(lines->path()), log_value(why));
    }
}

}  // namespace keyledger
