#include "ledger/stored/leaf_links.hpp"

#include "ledger/stored/event_codec.hpp"
#include "tests/support/random_event.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

Event any_event(std::mt19937_64& engine) {
    return random_event(engine, draw<std::size_t>(engine, 0, std::variant_size_v<EventBody> - 1));
}

void check_same(const LeafLinks& links, const Event& event) {
    const Envelope& envelope = event.envelope;
    CHECK(links.seq == envelope.seq);
    CHECK(links.time == envelope.time);
    CHECK(links.stream.kind == envelope.stream.kind);
    if (envelope.stream.kind == StreamKind::key) CHECK(links.stream.key == envelope.stream.key);
    CHECK(links.stream_revision == envelope.stream_revision);
    CHECK(links.previous == envelope.previous);
    const auto* used = std::get_if<KeysUsed>(&event.body);
    REQUIRE(links.uses.size() == (used ? used->rows.size() : 0));
    for (std::size_t i = 0; i < links.uses.size(); ++i) {
        CHECK(links.uses[i].key == used->rows[i].key);
        CHECK(links.uses[i].count == used->rows[i].count);
        CHECK(links.uses[i].total == used->rows[i].total);
        CHECK(links.uses[i].prev_seq == used->rows[i].prev_seq);
    }
    const auto* sealed = std::get_if<StreamHeadsSealed>(&event.body);
    REQUIRE(links.seal.has_value() == (sealed != nullptr));
    if (!sealed) return;
    CHECK(links.seal->root == sealed->root);
    CHECK(links.seal->keys == sealed->keys);
    CHECK(links.seal->at_seq == sealed->at_seq);
}

}  // namespace

TEST_CASE("links read straight from the bytes are those of the whole event") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    SeededRandom salts(1);
    LeafLinks links;
    for (int i = 0; i < 2000; ++i) {
        Event event = any_event(engine);
        const StoredEvent stored = encode(event, salts);
        REQUIRE(read_links(stored.leaf, links));
        check_same(links, event);
        CHECK(committed_values(stored.leaf, stored.personal) == links.commitments);
    }
}

TEST_CASE("no bytes lead the reader out of them, whatever they are") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    SeededRandom salts(1);
    LeafLinks links;
    for (int i = 0; i < 3000; ++i) {
        Event event = any_event(engine);
        // A copy of its own size, so that sanitizers see a read behind its end.
        std::vector<char> bytes;
        const StoredEvent stored = encode(event, salts);
        bytes.assign(stored.leaf.begin(), stored.leaf.end());
        for (int flips = draw<int>(engine, 1, 4); flips > 0; --flips) {
            bytes[draw<std::size_t>(engine, 8, bytes.size() - 1)] =
                static_cast<char>(draw<int>(engine, 0, 255));
        }
        bytes.resize(draw<std::size_t>(engine, 0, bytes.size()) / 8 * 8);
        bytes.shrink_to_fit();
        (void)read_links({bytes.data(), bytes.size()}, links);
    }
    CHECK_FALSE(read_links("", links));
    CHECK_FALSE(read_links(std::string(64, '\0'), links));
}

TEST_CASE("a personal value that its leaf does not commit to is seen") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    SeededRandom salts(1);
    StoredEvent stored;
    while (stored.personal.empty()) {
        Event event = any_event(engine);
        stored = encode(event, salts);
    }
    std::string changed = stored.personal;
    changed.back() ^= 1;
    CHECK_FALSE(committed_values(stored.leaf, changed));
    CHECK_FALSE(committed_values(stored.leaf, stored.personal + "x"));
    CHECK_FALSE(committed_values(std::string(64, '\0'), stored.personal));
    CHECK(committed_values(stored.leaf, "") == 0U);
}

}  // namespace keyledger
