// Feeds bytes to the decoder of leaves. What it accepts must be the one way to write that event,
// and what its links are read from must say the same.

#include "ledger/stored/event_codec.hpp"
#include "ledger/stored/leaf_links.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace keyledger {
namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

class NoSalts final : public Random {
public:
    // An event whose values are all erased asks for none.
    void fill(std::span<std::uint8_t>) override { std::abort(); }
};

void check_leaf(std::string_view leaf) {
    LeafLinks links;
    const bool has_links = read_links(leaf, links);
    auto event = decode(leaf, "");
    if (!event) return;
    require(has_links && links.seq == event->envelope.seq);
    require(links.previous == event->envelope.previous);
    require(has_leaf_frame(leaf));
    NoSalts salts;
    const StoredEvent again = encode(*event, salts);
    require(again.leaf == leaf);
    require(again.personal.empty());
}

}  // namespace
}  // namespace keyledger

// The first byte says how many of those that follow are personal values; the rest is the leaf.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t personal = std::min<std::size_t>(data[0], input.size());
    const std::string_view leaf = input.substr(personal);
    keyledger::check_leaf(leaf);
    (void)keyledger::decode(leaf, input.substr(0, personal));
    return 0;
}
