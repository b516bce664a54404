#pragma once
// A list of pointers that one thread lengthens and any number read without a lock.

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>

namespace keyledger {

// Chunks of 64, 128, 256, ... that never move. `push_back` is for the writer; the rest for any
// thread.
template <class Node>
class GrowingList {
public:
    std::size_t size() const { return size_.load(std::memory_order_acquire); }

    // `position` is less than a size() that this thread has seen.
    Node& operator[](std::size_t position) const {
        const Place place = place_of(position);
        return *chunks_[place.chunk].load(std::memory_order_acquire)[place.offset];
    }

    void push_back(Node& node) {
        const std::size_t position = size_.load(std::memory_order_relaxed);
        const Place place = place_of(position);
        if (place.offset == 0) {
            owned_[place.chunk] = std::make_unique<Node*[]>(first_chunk << place.chunk);
            chunks_[place.chunk].store(owned_[place.chunk].get(), std::memory_order_release);
        }
        owned_[place.chunk][place.offset] = &node;
        size_.store(position + 1, std::memory_order_release);
    }

private:
    static constexpr std::size_t first_chunk = 64;
    static constexpr std::size_t chunks_max = 40;
    struct Place {
        std::size_t chunk, offset;
    };
    static Place place_of(std::size_t position) {
        const std::size_t shifted = position + first_chunk;
        const auto chunk = static_cast<std::size_t>(std::bit_width(shifted)) -
                           static_cast<std::size_t>(std::bit_width(first_chunk));
        return {chunk, shifted - (first_chunk << chunk)};
    }

    std::atomic<std::size_t> size_{0};
    std::array<std::atomic<Node**>, chunks_max> chunks_{};
    std::array<std::unique_ptr<Node*[]>, chunks_max> owned_;
};

}  // namespace keyledger
