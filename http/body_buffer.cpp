#include "http/body_buffer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace keyledger {

namespace {

constexpr std::size_t first_capacity = 1024;

// What an empty body points to, so that it too has its slack.
constexpr std::array<char, body_slack> no_bytes{};

}  // namespace

void BodyBuffer::append(std::string_view piece) {
    if (piece.empty()) return;
    if (piece.size() > capacity_ - size_) {
        capacity_ = std::max({size_ + piece.size(), 2 * capacity_, first_capacity});
        auto grown = std::make_unique_for_overwrite<char[]>(capacity_ + body_slack);
        if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
        bytes_ = std::move(grown);
    }
    std::memcpy(bytes_.get() + size_, piece.data(), piece.size());
    size_ += piece.size();
}

std::string_view BodyBuffer::whole() {
    if (size_ == 0) return {no_bytes.data(), 0};
    std::memset(bytes_.get() + size_, 0, body_slack);
    return {bytes_.get(), size_};
}

void BodyBuffer::clear() {
    size_ = 0;
    if (capacity_ <= kept_body_bytes_max) return;
    bytes_.reset();
    capacity_ = 0;
}

}  // namespace keyledger
