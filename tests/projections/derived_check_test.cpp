#include "projections/derived_check.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/log/usage_counts.hpp"
#include "projections/index_rows.hpp"
#include "projections/snapshot.hpp"
#include "projections/use_tail.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

using namespace std::chrono_literals;

// With a snapshot in the middle, and rows of a part of the uses.
struct Ledger {
    Ledger() : history(test_seed()) {
        history.steps(100);
        REQUIRE_FALSE(write_use_rows(history.log, history.tables.use_tail()));
        SnapshotWriter writer(history.tables);
        while (const auto row = writer.next()) REQUIRE_FALSE(history.log.put({*row}));
        history.steps(50);
        // A step writes the rows of all uses now and then, the last one too.
        while (history.tables.use_tail().size() == 0) history.steps(1);
    }
    std::optional<std::string> wrong() { return wrong_with_derived(history.log); }

    RandomHistory history;
};

}  // namespace

TEST_CASE("rows that a ledger wrote as it went are those that its events make") {
    INFO("KEYLEDGER_TEST_SEED=" << test_seed());
    Ledger ledger;
    CHECK_FALSE(ledger.wrong());
    REQUIRE_FALSE(write_use_rows(ledger.history.log, ledger.history.tables.use_tail()));
    CHECK_FALSE(ledger.wrong());
    // What time has ended may be gone.
    ledger.history.clock.advance(std::chrono::days(100));
    ledger.history.steps(20);
    CHECK_FALSE(ledger.wrong());
}

TEST_CASE("a row that is gone, changed or added is found, whichever family it is of") {
    INFO("KEYLEDGER_TEST_SEED=" << test_seed());
    for (const Family family : derived_families) {
        Ledger ledger;
        MemoryLog& log = ledger.history.log;
        const auto rows = rows_of(log, family);
        REQUIRE_FALSE(rows.empty());
        const auto& [key, value] = rows[rows.size() / 2];
        CAPTURE(to_hex(key));
        REQUIRE_FALSE(log.erase(family, key, key + '\0'));
        CHECK(ledger.wrong());
        std::string other = value;
        if (family == Family::usage) {
            UsageCounts counts = *decode_usage_counts(value);
            counts.by_outcome[0] += 1;
            other = encode(counts);
        } else {
            other.back() ^= 1;
        }
        REQUIRE_FALSE(log.put({{family, key, other}}));
        CHECK(ledger.wrong());
        REQUIRE_FALSE(log.erase(family, key, key + '\0'));
        REQUIRE_FALSE(log.put({{family, key, value}}));
        CHECK_FALSE(ledger.wrong());
        REQUIRE_FALSE(log.put({{family, key + "x", value}}));
        CHECK(ledger.wrong());
    }
}

TEST_CASE("a snapshot that was made to say something else is found") {
    RandomHistory history(1);
    history.commit({asked(new_key(1, "w0")), asked(new_key(2, "w0"))});
    history.commit({asked(RevokeKey{key_id(1)})});
    RandomHistory liar(1);  // there it was the other one
    liar.commit({asked(new_key(1, "w0")), asked(new_key(2, "w0"))});
    liar.commit({asked(RevokeKey{key_id(2)})});
    SnapshotWriter writer(liar.tables);
    while (const auto row = writer.next()) REQUIRE_FALSE(history.log.put({*row}));
    CHECK(wrong_with_derived(history.log));
    REQUIRE_FALSE(history.log.clear(Family::snapshots));
    CHECK_FALSE(wrong_with_derived(history.log));
}

}  // namespace keyledger
