#include "projections/pointer_index.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <deque>
#include <map>
#include <thread>
#include <vector>

namespace keyledger {

namespace {

struct Node {
    std::uint64_t key;
};

// Spreads as a caller's hash does.
std::uint64_t spread(std::uint64_t key) {
    return (key + 1) * 0x9e3779b97f4a7c15U ^ (key * 0xd6e8feb86659fd93U >> 31);
}

Node* find(const PointerIndex<Node>& index, std::uint64_t hash, std::uint64_t key) {
    return index.find(hash, [key](const Node& node) { return node.key == key; });
}

}  // namespace

TEST_CASE("an index finds what was put in, through its growth, and nothing else") {
    Reclaimer reclaimer;
    PointerIndex<Node> index(reclaimer, 4);
    std::deque<Node> nodes;
    const std::size_t empty_bytes = index.bytes();
    for (std::uint64_t key = 0; key < 3000; ++key) {
        REQUIRE_FALSE(find(index, spread(key), key));
        index.insert(spread(key), nodes.emplace_back(key));
        REQUIRE(find(index, spread(key), key) == &nodes.back());
        reclaimer.collect();
    }
    for (std::uint64_t key = 0; key < 3000; ++key) {
        REQUIRE(find(index, spread(key), key) == &nodes[key]);
    }
    CHECK(index.size() == 3000);
    CHECK(index.bytes() > empty_bytes);
}

TEST_CASE("nodes of one hash, or of neighbours, are told apart") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    Reclaimer reclaimer;
    PointerIndex<Node> index(reclaimer, 8);
    std::deque<Node> nodes;
    std::map<std::uint64_t, std::uint64_t> hashes;
    for (std::uint64_t key = 0; key < 500; ++key) {
        // Few values, and those that wrap around at the end of the array.
        const auto few = draw<std::uint64_t>(engine, 0, 9);
        hashes[key] = draw(engine, 0, 1) == 0 ? few : ~few;
        index.insert(hashes[key], nodes.emplace_back(key));
        for (const auto& [other, hash] : hashes) {
            const Node* const found = find(index, hash, other);
            REQUIRE(found);
            REQUIRE(found->key == other);
            REQUIRE_FALSE(find(index, hash + 1'000'000, other));
        }
    }
    CHECK_FALSE(find(index, 3, 500));
}

TEST_CASE("readers find all that was announced while the index grows") {
    constexpr std::uint64_t total = 30'000;
    Reclaimer reclaimer;
    PointerIndex<Node> index(reclaimer, 8);
    std::deque<Node> nodes;
    std::atomic<std::uint64_t> announced = 0;
    std::atomic<int> wrong = 0, reading = 0;
    const auto read = [&](std::uint64_t seed) {
        std::mt19937_64 engine(seed);
        ++reading;
        for (std::uint64_t until = 0; until < total;) {
            until = announced.load();
            const ReadGuard guard(reclaimer);
            if (until > 0) {
                const auto key = draw<std::uint64_t>(engine, 0, until - 1);
                const Node* found = find(index, spread(key), key);
                wrong += found && found->key == key ? 0 : 1;
            }
            wrong += find(index, spread(total + until), total + until) ? 1 : 0;
        }
    };
    std::vector<std::thread> readers;
    for (std::uint64_t i = 0; i < 2; ++i) readers.emplace_back(read, i);
    while (reading < 2) std::this_thread::yield();
    for (std::uint64_t key = 0; key < total; ++key) {
        index.insert(spread(key), nodes.emplace_back(key));
        announced = key + 1;
        if (key % 64 == 0) reclaimer.collect();
    }
    for (std::thread& reader : readers) reader.join();
    CHECK(wrong == 0);
}

}  // namespace keyledger
