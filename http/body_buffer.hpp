#pragma once
// Where a request's body is put together.

#include "http/message.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace keyledger {

// A body's buffer that is larger is given back when the body is no longer needed.
inline constexpr std::size_t kept_body_bytes_max = 64 * 1024;

// Grows with what has come, not with what was announced: an announcement costs its sender nothing.
class BodyBuffer {
public:
    void append(std::string_view piece);

    // The bytes that were appended, and behind them body_slack zeros. Lasts until the next append()
    // or clear().
    std::string_view whole();

    void clear();

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;  // without the slack
};

}  // namespace keyledger
