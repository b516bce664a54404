#include "ledger/stored/event_codec.hpp"

#include "tests/support/random_event.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>

namespace keyledger {

namespace {

constexpr std::size_t kinds = std::variant_size_v<EventBody>;

// A copy in memory of exactly its size, `offset` bytes off a word, so that a sanitizer sees a read
// beyond it.
class ExactCopy {
public:
    explicit ExactCopy(std::string_view bytes, std::size_t offset = 0)
        : memory_(new char[bytes.size() + offset]), view_(memory_.get() + offset, bytes.size()) {
        std::memcpy(memory_.get() + offset, bytes.data(), bytes.size());
    }
    std::string_view view() const { return view_; }

private:
    std::unique_ptr<char[]> memory_;
    std::string_view view_;
};

std::string written_again(const std::optional<Event>& event) {
    REQUIRE(event);
    Event copy = *event;
    SeededRandom salts(1);
    return encode(copy, salts).leaf;
}

template <class Visit>
void for_random_events(int each, Visit visit) {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    SeededRandom salts(seed);
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        for (int i = 0; i < each; ++i) {
            Event event = random_event(engine, kind);
            INFO(type_name(event.body) << " number " << i);
            const StoredEvent stored = encode(event, salts);
            visit(event, stored);
        }
    }
}

}  // namespace

TEST_CASE("what was encoded is decoded as it was") {
    for_random_events(200, [](const Event& event, const StoredEvent& stored) {
        REQUIRE(stored.leaf.size() <= leaf_bytes_max);
        CHECK(stored.leaf.substr(0, 8) == std::string("KL\0\1\0\0\0\1", 8));
        CHECK(has_leaf_frame(stored.leaf));
        const auto decoded = decode(stored.leaf, stored.personal);
        REQUIRE(decoded);
        CHECK(*decoded == event);
    });
}

TEST_CASE("a leaf is read at any address") {
    for_random_events(3, [](const Event& event, const StoredEvent& stored) {
        for (std::size_t offset = 0; offset < 8; ++offset) {
            const ExactCopy leaf(stored.leaf, offset);
            const ExactCopy personal(stored.personal, offset);
            const auto decoded = decode(leaf.view(), personal.view());
            REQUIRE(decoded);
            CHECK(*decoded == event);
        }
    });
}

TEST_CASE("an event without its personal values is written again as the same leaf") {
    for_random_events(50, [](const Event&, const StoredEvent& stored) {
        CHECK(written_again(decode(stored.leaf, "")) == stored.leaf);
    });
}

TEST_CASE("a leaf that was cut or has grown is refused") {
    for_random_events(1, [](const Event&, const StoredEvent& stored) {
        for (std::size_t size = 0; size < stored.leaf.size(); ++size) {
            const ExactCopy cut(std::string_view(stored.leaf).substr(0, size));
            CHECK_FALSE(decode(cut.view(), stored.personal));
        }
        CHECK_FALSE(decode(stored.leaf + std::string(8, '\0'), stored.personal));
        CHECK_FALSE(decode(stored.leaf + "12345678", stored.personal));
    });
}

TEST_CASE("a flipped bit in a leaf is refused, or makes another event") {
    for_random_events(3, [](const Event&, const StoredEvent& stored) {
        for (std::size_t bit = 0; bit < stored.leaf.size() * 8; ++bit) {
            std::string flipped = stored.leaf;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
            const ExactCopy copy(flipped);
            (void)decode(copy.view(), stored.personal);
            // Each event has one leaf: what decodes at all is written as the flipped one, so that
            // it is not the event that it was.
            const auto decoded = decode(copy.view(), "");
            if (decoded && written_again(decoded) != flipped) FAIL_CHECK("bit " << bit);
        }
    });
}

TEST_CASE("random bytes behind the frame are refused or are the leaf of what they decode to") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    SeededRandom salts(seed);
    for (int i = 0; i < 20'000; ++i) {
        Event event = random_event(engine, draw<std::size_t>(engine, 0, kinds - 1));
        std::string leaf = encode(event, salts).leaf;
        for (int changes = draw(engine, 1, 4); changes > 0; --changes)
            leaf[draw<std::size_t>(engine, 8, leaf.size() - 1)] =
                static_cast<char>(draw<int>(engine, 0, 255));
        const auto decoded = decode(leaf, "");
        if (decoded && written_again(decoded) != leaf) FAIL_CHECK("number " << i);
    }
}

TEST_CASE("a list of elements without a byte is refused however many it claims") {
    Event event;
    event.envelope.stream.kind = StreamKind::uses;
    event.body = KeysUsed{.flush = {}, .rows = std::vector<UseRow>(20'000)};
    SeededRandom salts(1);
    const StoredEvent stored = encode(event, salts);
    CHECK(stored.leaf.size() < 1000);
    CHECK_FALSE(decode(stored.leaf, ""));
}

TEST_CASE("an event may come out longer than a leaf, and is no leaf then") {
    Event event;
    event.envelope.stream.kind = StreamKind::uses;
    UseRow row;
    row.key = {{1}};
    event.body = KeysUsed{.flush = {}, .rows = std::vector<UseRow>(30'000, row)};
    SeededRandom salts(1);
    const StoredEvent stored = encode(event, salts);
    CHECK(stored.leaf.size() > leaf_bytes_max);
    CHECK_FALSE(has_leaf_frame(stored.leaf));
    CHECK_FALSE(decode(stored.leaf, stored.personal));
    // And the next one is as if it had not been.
    event.body = LedgerStopped{.node = 1, .boot = 2};
    const StoredEvent next = encode(event, salts);
    const auto decoded = decode(next.leaf, next.personal);
    REQUIRE(decoded);
    CHECK(*decoded == event);
}

}  // namespace keyledger
