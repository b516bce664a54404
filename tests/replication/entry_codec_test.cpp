#include "replication/entry_codec.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

const EntryHeader header{
    .term = 7,
    .first_seq = 1'000'000'007,
    .proposer = {.node = NodeId{0xfedcba9876543210}, .boot = 0xaaaaaaaaaaaaaaaa, .number = 3}};

bool is_same(const std::vector<StoredEvent>& left, const std::vector<StoredEvent>& right) {
    return std::ranges::equal(left, right, [](const StoredEvent& one, const StoredEvent& other) {
        return one.leaf == other.leaf && one.personal == other.personal;
    });
}

}  // namespace

TEST_CASE("an entry gives back its header and its events, wherever its bytes stand") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 100; ++round) {
        std::vector<StoredEvent> events(draw<std::size_t>(engine, 1, 20));
        for (StoredEvent& event : events) {
            event.leaf = draw_bytes(engine, draw<std::size_t>(engine, 1, 700));
            event.personal = draw_bytes(engine, draw<std::size_t>(engine, 0, 90));
        }
        const std::string data = encode_entry(header, events);
        for (std::size_t shift = 0; shift < 8; ++shift) {
            const std::string moved = std::string(shift, 'x') + data;
            const std::string_view there = std::string_view(moved).substr(shift);
            REQUIRE(decode_entry_header(there) == header);
            const auto found = decode_entry_events(there);
            REQUIRE(found);
            REQUIRE(is_same(*found, events));
        }
    }
}

TEST_CASE("an event has nothing erasable in an entry if it had none") {
    const std::string data = encode_entry(header, std::vector{StoredEvent{"a", ""}});
    const auto events = decode_entry_events(data);
    REQUIRE(events->size() == 1);
    CHECK(events->front().leaf == "a");
    CHECK(events->front().personal.empty());
}

TEST_CASE("what is cut short, of another version or no entry is nothing") {
    const std::string data =
        encode_entry(header, std::vector{StoredEvent{"a leaf", "personal"}, StoredEvent{"b", ""}});
    for (std::size_t size = 0; size < data.size(); ++size) {
        const std::string cut = data.substr(0, size);
        CHECK_FALSE(decode_entry_events(cut));
    }
    std::string other = data;
    other[7] = 2;
    CHECK_FALSE(decode_entry_header(other));
    CHECK_FALSE(decode_entry_header(std::string(data.size(), '\xff')));
}

TEST_CASE("damaged bytes of an entry are read as other values or as nothing") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    const std::string data = encode_entry(
        header, std::vector{StoredEvent{std::string(100, 'a'), "personal"}, StoredEvent{"b", ""}});
    for (int round = 0; round < 20'000; ++round) {
        std::string damaged = data;
        for (int flips = draw(engine, 1, 4); flips > 0; --flips)
            damaged[draw<std::size_t>(engine, 0, data.size() - 1)] =
                static_cast<char>(draw(engine, 0, 255));
        (void)decode_entry_header(damaged);
        const auto events = decode_entry_events(damaged);
        if (!events) continue;
        std::size_t bytes = 0;
        for (const StoredEvent& event : *events) bytes += event.leaf.size() + event.personal.size();
        CHECK(bytes <= 4 * data.size());
    }
}

}  // namespace keyledger
