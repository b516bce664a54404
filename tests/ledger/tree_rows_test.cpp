#include "ledger/log/tree_rows.hpp"

#include "tests/ledger/growing_log.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace keyledger {

TEST_CASE("the tree beside the events has their root after any number of batches") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    GrowingLog grown;
    while (grown.log.next_seq() < 3000) {
        grown.append(draw<std::uint64_t>(engine, 1, 300));
        REQUIRE(grown.writer.head() == grown.after.back().head());
    }
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t size = draw<std::uint64_t>(engine, 0, grown.log.next_seq());
        CAPTURE(size);
        const auto range = stored_range(grown.log, size);
        REQUIRE(range);
        CHECK(*range == grown.after[size]);
    }
    CHECK_FALSE(stored_range(grown.log, grown.log.next_seq() + 1));
}

TEST_CASE("a tree that is opened again goes on as if it had stayed open") {
    for (const std::uint64_t size : {1U, 255U, 256U, 257U, 511U, 512U, 65'535U, 65'536U, 65'793U}) {
        CAPTURE(size);
        GrowingLog grown;
        while (grown.log.next_seq() < size) {
            grown.append(std::min<std::uint64_t>(10'000, size - grown.log.next_seq()));
        }
        std::optional<TreeWriter> opened = TreeWriter::open(grown.log);
        REQUIRE(opened);
        std::vector<Row> rows;
        std::vector<Row> rows_opened;
        for (int i = 0; i < 300; ++i) {
            const Digest leaf = leaf_hash(std::to_string(i));
            grown.writer.append(leaf, rows);
            opened->append(leaf, rows_opened);
        }
        CHECK(opened->head() == grown.writer.head());
        REQUIRE(rows.size() == rows_opened.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            CHECK(rows[i].key == rows_opened[i].key);
            CHECK(rows[i].value == rows_opened[i].value);
        }
    }
}

TEST_CASE("a tree that is not that of the log's events is not gone on with") {
    GrowingLog grown;
    grown.append(600);
    SECTION("its range is of another size") {
        LogBatch batch;
        batch.first_seq = grown.log.next_seq();
        batch.events.push_back({"one more", ""});
        REQUIRE_FALSE(grown.log.append(batch));
    }
    SECTION("its range is no range") {
        REQUIRE_FALSE(grown.log.put({{Family::tree, "range", "damaged"}}));
    }
    SECTION("it is gone") {
        REQUIRE_FALSE(grown.log.clear(Family::tree));
    }
    CHECK_FALSE(TreeWriter::open(grown.log));
}

TEST_CASE("a tile of the wrong length is no tile") {
    GrowingLog grown;
    grown.append(600);
    std::string tile_key;
    grown.log.rows(Family::tree, "tile", "tilf", [&](std::string_view key, std::string_view) {
        tile_key = key;
        return false;
    });
    REQUIRE_FALSE(tile_key.empty());
    REQUIRE_FALSE(grown.log.put({{Family::tree, tile_key, "short"}}));
    CHECK_FALSE(stored_range(grown.log, 600));
}

}  // namespace keyledger
