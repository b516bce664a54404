#include "projections/stream_heads.hpp"

#include "tests/support/random_history.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace keyledger {
namespace {

KeyId key_number(std::uint64_t number) {
    KeyId key;
    for (std::size_t i = 0; i < 8; ++i)
        key.uuid[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return key;
}

StreamTip tip_of(std::uint64_t number, std::uint64_t seq) {
    return {.key = key_number(number), .revision = seq % 7 + 1, .last_seq = seq, .total = seq / 2};
}

// As the header says it, without any of its code.
Digest plain_root(const std::map<KeyId, StreamTip>& tips) {
    CompactRange range;
    for (const auto& [key, tip] : tips) {
        std::string entry(reinterpret_cast<const char*>(key.uuid.data()), 16);
        for (const std::uint64_t number : {tip.revision, tip.last_seq, tip.total}) {
            for (int shift = 56; shift >= 0; shift -= 8)
                entry += static_cast<char>(number >> shift & 0xff);
        }
        range.append(leaf_hash(entry));
    }
    return range.root();
}

}  // namespace

TEST_CASE("heads that change and come are hashed to the root of all of them") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    std::map<KeyId, StreamTip> all;
    StreamHeads heads, in_place;
    CHECK(heads.root() == empty_root());
    for (int round = 0; round < 60; ++round) {
        std::map<KeyId, StreamTip> changed;
        for (auto i = draw<int>(engine, 0, 9); i > 0; --i) {
            const StreamTip tip =
                tip_of(draw<std::uint64_t>(engine, 0, 200), draw<std::uint64_t>(engine, 1, 10'000));
            changed[tip.key] = tip;
            all[tip.key] = tip;
        }
        // In the later half keys come at the end alone, as they mostly do.
        if (round >= 30) {
            const StreamTip tip = tip_of(1000 + static_cast<std::uint64_t>(round), 1);
            changed[tip.key] = tip;
            all[tip.key] = tip;
        }
        in_place.change(changed);
        REQUIRE(in_place.root() == plain_root(all));
        heads = heads.with(changed);
        REQUIRE(heads.keys() == all.size());
        REQUIRE(heads.root() == plain_root(all));
    }
    std::uint64_t position = 0;
    for (const auto& [key, tip] : all) {
        CHECK(heads.position_of(key) == position);
        CHECK(heads.tip(position) == tip);
        CHECK(verify_inclusion({position, heads.keys(), leaf_hash(entry_of(tip)), heads.root()},
                               heads.proof(position)));
        ++position;
    }
    CHECK(heads.position_of(key_number(UINT64_MAX)) == heads.keys());
}

TEST_CASE("a keeper that follows the events comes to what the tables hold") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    history.steps(120);
    StreamHeadsKeeper keeper({}, 0);
    const auto cursor = history.log.scan(0);
    LeafLinks links;
    while (const auto item = cursor->next()) {
        REQUIRE(read_links(item->leaf, links));
        keeper.add(links);
        if (item->seq % 50 == 0) keeper.seal();
    }
    const auto heads = keeper.seal();
    CHECK_FALSE(keeper.is_changed());
    CHECK(keeper.next_seq() == history.log.next_seq());
    REQUIRE(heads->keys() == history.keys.size());
    for (const KeyId& key : history.keys) {
        const ReadGuard reading = history.tables.read();
        const KeyEntry* entry = history.tables.find_key(key);
        const StreamTip& tip = heads->tip(heads->position_of(key));
        CHECK(tip.key == key);
        CHECK(tip.revision == entry->state.load()->revision);
        CHECK(tip.last_seq == entry->use.load()->last_seq);
        CHECK(tip.total == entry->use.load()->total);
    }
}

}  // namespace keyledger
