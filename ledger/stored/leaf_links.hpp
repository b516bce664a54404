#pragma once
// What ties a leaf to others: its place, its stream, and which events of a key its rows follow.
//
// Read straight from the bytes, which takes a small part of the time of `decode`: for whoever walks
// the whole ledger. It sees that nothing lies outside of the leaf; whether the message is an event
// in its one spelling is for `decode` to say.

#include "ledger/base/bytes.hpp"
#include "ledger/base/time.hpp"
#include "ledger/rules/event.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace keyledger {

// A row of KeysUsed.
struct UseLink {
    KeyId key;
    std::uint32_t count = 0;
    std::uint64_t total = 0;
    std::uint64_t prev_seq = 0;
};

// What a StreamHeadsSealed says.
struct SealLink {
    Digest root{};
    std::uint64_t keys = 0;
    std::uint64_t at_seq = 0;
};

struct LeafLinks {
    std::uint64_t seq = 0;
    Timestamp time{};
    Stream stream;
    std::uint64_t stream_revision = 0;
    Digest previous{};
    std::vector<UseLink> uses;  // keeps its memory from one leaf to the next
    std::optional<SealLink> seal;
    std::size_t commitments = 0;  // how many erasable values it commits to
};

// False if the bytes are no leaf, or have not that shape; `links` is then of no use. Any thread.
bool read_links(std::string_view leaf, LeafLinks& links);

// How many values `personal` holds; nothing if there is one that `leaf` does not commit to, or
// bytes that are none. Any thread.
std::optional<std::size_t> committed_values(std::string_view leaf, std::string_view personal);

}  // namespace keyledger
