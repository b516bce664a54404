#include "projections/verify.hpp"

#include "ledger/stored/event_codec.hpp"
#include "tests/support/altered_log.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <bit>
#include <functional>
#include <utility>

namespace keyledger {
namespace {

// Enough events for full tiles.
struct Verified {
    std::uint64_t seed = test_seed();
    RandomHistory history{seed};

    Verified() {
        UNSCOPED_INFO("KEYLEDGER_TEST_SEED=" << seed);
        while (history.log.next_seq() < 700) history.steps(20);
    }
    TreeHead head(std::uint64_t size) const { return stored_range(history.log, size)->head(); }
    std::optional<Flaw> flaw(const EventLog& log, std::vector<TreeHead> published = {}) const {
        return verify_log(log, std::move(published)).wrong;
    }
    // With one event that was changed after it was written.
    using Change = std::function<void(std::string& leaf, std::string& personal)>;
    std::optional<Flaw> flaw_with(std::uint64_t seq, const Change& change) {
        StoredEvent event = *history.log.read(seq);
        change(event.leaf, event.personal);
        return flaw(AlteredLog(history.log, seq, std::move(event)));
    }
};

}  // namespace

TEST_CASE("a ledger as it was written verifies, with whatever was signed of it") {
    const Verified ledger;
    const std::uint64_t size = ledger.history.log.next_seq();
    const Verification found =
        verify_log(ledger.history.log, {ledger.head(size), ledger.head(1), ledger.head(300)});
    CHECK_FALSE(found.wrong);
    CHECK(found.head == ledger.head(size));
    CHECK(found.keys == ledger.history.keys.size());
}

TEST_CASE("progress is told, and comes to the end at most") {
    const Verified ledger;
    std::uint64_t last = 0;
    verify_log(ledger.history.log, {}, [&](std::uint64_t done, std::uint64_t total) {
        CHECK(done >= last);
        CHECK(done <= total);
        last = done;
    });
}

TEST_CASE("a changed byte of any event is found, and the event named if its tile is full") {
    Verified ledger;
    for (const std::uint64_t seq : {0U, 1U, 255U, 256U, 511U}) {
        CAPTURE(seq);
        const std::size_t size = ledger.history.log.read(seq)->leaf.size();
        for (std::size_t at = 0; at < size; at += 13) {
            CAPTURE(at);
            const auto flaw =
                ledger.flaw_with(seq, [&](std::string& leaf, std::string&) { leaf[at] ^= 4; });
            REQUIRE(flaw);
            // What the event names may be wrong before its own tile is full.
            REQUIRE(flaw->seq);
            CHECK(*flaw->seq >= seq);
            CHECK(*flaw->seq <= seq / 256 * 256 + 255);
        }
    }
}

TEST_CASE("a changed byte behind the last full tile is found by the root") {
    Verified ledger;
    const std::uint64_t size = ledger.history.log.next_seq();
    const auto flaw =
        ledger.flaw_with(size - 1, [](std::string& leaf, std::string&) { leaf.back() ^= 1; });
    REQUIRE(flaw);
    // In the last subtree that has a hash beside the events.
    REQUIRE(flaw->seq);
    CHECK(*flaw->seq >= size - (std::uint64_t{1} << std::countr_zero(size)));
}

TEST_CASE("a personal value that was changed or taken away is found") {
    Verified ledger;
    std::uint64_t seq = 0;
    while (ledger.history.log.read(seq)->personal.empty()) ++seq;
    const auto flaw =
        ledger.flaw_with(seq, [](std::string&, std::string& personal) { personal.back() ^= 1; });
    REQUIRE(flaw);
    CHECK(flaw->seq == seq);
    const std::optional<Flaw> gone =
        ledger.flaw_with(seq, [](std::string&, std::string& personal) { personal = ""; });
    REQUIRE(gone);
    CHECK(gone->seq == seq);
}

TEST_CASE("a log that is shorter or another than what was signed is found") {
    const Verified ledger;
    const std::uint64_t size = ledger.history.log.next_seq();
    TreeHead longer = ledger.head(size);
    longer.size += 1;
    const auto missing = ledger.flaw(ledger.history.log, {longer});
    REQUIRE(missing);
    CHECK(missing->seq == size);
    CHECK(missing->what.find("is missing") == 0);
    TreeHead other = ledger.head(300);
    other.root[3] ^= 1;
    const auto changed = ledger.flaw(ledger.history.log, {other});
    REQUIRE(changed);
    CHECK(changed->what.find("not those that were signed") != std::string::npos);
}

TEST_CASE("a changed row of the tree is found") {
    Verified ledger;
    const auto change = [&](const std::string& key, auto edit) {
        const std::string good = *ledger.history.log.row(Family::tree, key);
        std::string bad = good;
        edit(bad);
        REQUIRE_FALSE(ledger.history.log.put({{Family::tree, key, bad}}));
        const auto flaw = ledger.flaw(ledger.history.log);
        REQUIRE_FALSE(ledger.history.log.put({{Family::tree, key, good}}));
        return flaw;
    };
    const auto leaf = change(tile_row_key(0, 1), [](std::string& tile) { tile[32 * 7] ^= 1; });
    REQUIRE(leaf);
    CHECK(leaf->seq == 256 + 7);
    CHECK(change(tile_row_key(0, 0), [](std::string& tile) { tile.pop_back(); }));
    CHECK(change("range", [](std::string& range) { range.back() ^= 1; }));
    CHECK_FALSE(ledger.flaw(ledger.history.log));
    const std::string beyond = tile_row_key(0, ledger.history.log.next_seq() / 256);
    REQUIRE_FALSE(ledger.history.log.put({{Family::tree, beyond, std::string(8192, 'x')}}));
    CHECK(ledger.flaw(ledger.history.log));
}

}  // namespace keyledger
