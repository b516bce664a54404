#include "tools/terminal/progress.hpp"

#include "tools/terminal/terminal.hpp"

#include <unistd.h>

#include <cstdio>

namespace keyledger {

namespace {

constexpr std::chrono::milliseconds between_lines{100};

}  // namespace

std::string grouped(std::uint64_t number) {
    std::string out = std::to_string(number);
    for (std::size_t at = out.size(); at > 3;) {
        at -= 3;
        out.insert(at, ",");
    }
    return out;
}

std::string progress_text(const ProgressState& state, std::chrono::milliseconds elapsed) {
    std::string out =
        std::string(state.doing) + " " + grouped(state.done) + " " + std::string(state.things);
    if (state.bytes_all > 0) {
        const double share =
            static_cast<double>(state.bytes_done) / static_cast<double>(state.bytes_all);
        out += ", " + std::to_string(static_cast<int>(share * 100)) + " %";
    }
    if (elapsed.count() <= 0) return out;
    const double seconds = static_cast<double>(elapsed.count()) / 1000;
    return out + ", " +
           grouped(static_cast<std::uint64_t>(static_cast<double>(state.done) / seconds)) + "/s";
}

ProgressLine::ProgressLine()
    : on_terminal_(is_terminal(STDERR_FILENO)),
      began_(std::chrono::steady_clock::now()),
      next_(began_) {}

ProgressLine::~ProgressLine() {
    clear();
}

void ProgressLine::show(const ProgressState& state) {
    const auto now = std::chrono::steady_clock::now();
    if (!on_terminal_ || now < next_) return;
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_);
    std::fprintf(stderr, "\r\x1b[K%s", progress_text(state, elapsed).c_str());
    std::fflush(stderr);
    shown_ = true;
    next_ = now + between_lines;
}

void ProgressLine::clear() {
    if (!shown_) return;
    std::fprintf(stderr, "\r\x1b[K");
    std::fflush(stderr);
    shown_ = false;
}

}  // namespace keyledger
