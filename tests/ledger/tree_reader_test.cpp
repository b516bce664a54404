#include "ledger/log/tree_reader.hpp"

#include "tests/ledger/growing_log.hpp"
#include "tests/support/forwarding_log.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

namespace keyledger {
namespace {

// Counts what is read of a log.
class CountingLog final : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    std::optional<StoredEvent> read(std::uint64_t seq) const override {
        ++events;
        return ForwardingLog::read(seq);
    }
    std::optional<std::string> row(Family family, std::string_view key) const override {
        ++rows;
        return ForwardingLog::row(family, key);
    }
    mutable std::size_t events = 0, rows = 0;
};

Digest leaf_of(const GrowingLog& grown, std::uint64_t seq) {
    return leaf_hash(grown.log.read(seq)->leaf);
}

}  // namespace

TEST_CASE("proofs from stored tiles verify, for trees before, at and after the covered one") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    GrowingLog grown;
    grown.append(67'000);
    const TreeWriter covered = *TreeWriter::read(grown.log, 66'500);
    TreeReader tree(grown.log, covered);
    const auto read = [&](Subtree subtree) { return tree.subtree(subtree); };
    for (int i = 0; i < 300; ++i) {
        const std::uint64_t size = draw<std::uint64_t>(engine, 1, 67'000);
        const std::uint64_t index = draw<std::uint64_t>(engine, 0, size - 1);
        const std::uint64_t older = draw<std::uint64_t>(engine, 1, size);
        CAPTURE(size, index, older);
        const auto included = inclusion_proof({index, size}, read);
        REQUIRE(included);
        CHECK(verify_inclusion({index, size, leaf_of(grown, index), grown.after[size].root()},
                               *included));
        const auto extended = consistency_proof({older, size}, read);
        REQUIRE(extended);
        const ConsistencyClaim claim{grown.after[older].head(), grown.after[size].head()};
        CHECK((older == size || verify_consistency(claim, *extended)));
    }
}

TEST_CASE("a proof under the covered tree reads one tile a level and no event") {
    GrowingLog grown;
    grown.append(66'500);
    const CountingLog log(grown.log);
    const TreeWriter covered = *TreeWriter::read(grown.log, 66'500);
    for (const std::uint64_t index : {0U, 1000U, 65'535U, 65'536U, 66'499U}) {
        CAPTURE(index);
        log.rows = log.events = 0;
        TreeReader tree(log, covered);
        REQUIRE(inclusion_proof({index, 66'500}, [&](Subtree s) { return tree.subtree(s); }));
        CHECK(log.rows <= 3);
        CHECK(log.events == 0);
    }
}

TEST_CASE("tiles hold the hashes of their level, as wide as they were asked for") {
    GrowingLog grown;
    grown.append(66'500);
    const TreeWriter covered = *TreeWriter::read(grown.log, 66'300);
    TreeReader tree(grown.log, covered);
    for (const Tile& asked :
         {Tile{.level = 0, .index = 0, .width = 256}, Tile{.level = 0, .index = 258, .width = 252},
          Tile{.level = 0, .index = 258, .width = 10}, Tile{.level = 1, .index = 0, .width = 256},
          Tile{.level = 1, .index = 1, .width = 2}, Tile{.level = 2, .index = 0, .width = 1}}) {
        CAPTURE(tile_path(asked));
        const auto bytes = tree.tile(asked);
        REQUIRE(bytes);
        REQUIRE(bytes->size() == asked.width * sizeof(Digest));
        for (std::uint64_t i = 0; i < asked.width; ++i) {
            const auto hash = stored_subtree(grown.log, {8 * asked.level, asked.index * 256 + i});
            REQUIRE(bytes->substr(i * 32, 32) == view_of(*hash));
        }
    }
    CHECK_FALSE(tree.tile({.level = 0, .index = 258, .width = 253}));
    CHECK_FALSE(tree.tile({.level = 0, .index = 259, .width = 1}));
    CHECK_FALSE(tree.tile({.level = 3, .index = 0, .width = 1}));
    CHECK_FALSE(tree.tile({.level = 63, .index = 0, .width = 1}));
}

TEST_CASE("a bundle holds the entries under a tile") {
    GrowingLog grown;
    grown.append(600);
    const TreeWriter covered = *TreeWriter::read(grown.log, 600);
    TreeReader tree(grown.log, covered);
    const auto bundle = tree.tile({.kind = TileKind::entries, .level = 0, .index = 2, .width = 88});
    REQUIRE(bundle);
    const auto entries = split_bundle(*bundle);
    REQUIRE(entries);
    REQUIRE(entries->size() == 88);
    CHECK(entries->front() == "event 512");
    CHECK(entries->back() == "event 599");
    CHECK_FALSE(tree.tile({.kind = TileKind::entries, .level = 0, .index = 2, .width = 89}));
}

TEST_CASE("a tile that is damaged or gone makes no proof") {
    GrowingLog grown;
    grown.append(600);
    const TreeWriter covered = *TreeWriter::read(grown.log, 600);
    REQUIRE_FALSE(grown.log.clear(Family::tree));
    TreeReader tree(grown.log, covered);
    CHECK_FALSE(tree.subtree({0, 5}));
    CHECK_FALSE(tree.tile({.level = 0, .index = 0, .width = 256}));
    CHECK(tree.subtree({0, 599}));  // of a tile that the covered tree holds itself
}

}  // namespace keyledger
