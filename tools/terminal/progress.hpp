#pragma once
// How far long work is: one line that is written over, on a terminal alone.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyledger {

struct ProgressState {
    std::string_view doing;        // "imported"
    std::uint64_t done = 0;        // what was done, as people count it
    std::string_view things;       // "keys"
    std::uint64_t bytes_done = 0;  // what the share is computed from
    std::uint64_t bytes_all = 0;   // 0: nobody knows
};

// "imported 12,000 keys, 40 %, 3,000/s".
std::string progress_text(const ProgressState& state, std::chrono::milliseconds elapsed);
// "1,234,567".
std::string grouped(std::uint64_t number);

// Writes to standard error if that is a terminal, at most some times a second.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();  // clears the line
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const ProgressState& state);
    void clear();

private:
    bool on_terminal_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point began_, next_;
};

}  // namespace keyledger
