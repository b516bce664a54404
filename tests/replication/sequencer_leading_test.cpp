// What the sequencer does while another node leads, and with a batch that came to nothing.

#include "replication/sequencer.hpp"

#include "ledger/log/memory_log.hpp"
#include "ledger/log/tree_rows.hpp"
#include "tests/support/given.hpp"
#include "tests/support/running_sequencer.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

struct Started {
    MemoryLog log;
    TestClock clock{noon};
    std::optional<RunningSequencer> running;

    Started() {
        fill(log, clock);
        running.emplace(log, clock);
        REQUIRE(running->run_until([this] { return running->started; }));
    }

    Submitted ask(Command command) { return running->ask(asked(std::move(command))); }

    // As another leader's events come in.
    void apply_from_elsewhere(Command command) {
        SeededRandom random(9);
        BatchBuilder elsewhere(log, running->tables, clock, random);
        elsewhere.clear();
        REQUIRE(elsewhere.add(asked(std::move(command))).has_value());
        REQUIRE_FALSE(log.append(elsewhere.batch()));
        running->applier.show(elsewhere.events());
    }
};

bool is(const Submitted& submitted, Unavailable why) {
    const auto* unavailable = std::get_if<Unavailable>(&submitted);
    return unavailable && *unavailable == why;
}

Digest root_of_events(const EventLog& log) {
    TreeWriter tree;
    std::vector<Row> rows;
    const auto cursor = log.scan(0);
    while (const auto item = cursor->next()) tree.append(leaf_hash(item->leaf), rows);
    return tree.head().root;
}

}  // namespace

TEST_CASE("a command whose batch may have happened is answered so, and shows nowhere") {
    Started given;
    const std::string before = given.running->tables.digest();
    given.running->commits.outcome = CommitOutcome::unknown;
    CHECK(is(given.ask(new_key(2)), Unavailable::outcome_unknown));
    CHECK_FALSE(given.running->tables.find_key(key_id(2)));
    CHECK(given.running->tables.digest() == before);
}

TEST_CASE("what would have happened to nothing is not said to be of unknown outcome") {
    Started given;
    given.running->commits.outcome = CommitOutcome::unknown;
    CHECK(is(given.ask(SuspendKey{key_id(99)}), Unavailable::not_leading));
    CHECK(is(given.ask(ResumeKey{key_id(1)}), Unavailable::not_leading));
}

TEST_CASE("a refusal for what a dropped batch holds is not given") {
    Started given;
    given.running->commits.hold();
    const Answer created = given.running->submit(asked(new_key(2)));
    const Answer again = given.running->submit(asked(new_key(2)));
    given.running->run_ready();
    given.running->commits.outcome = CommitOutcome::dropped;
    given.running->commits.release();
    REQUIRE(given.running->run_until([&] { return again->has_value(); }));
    CHECK(is(**created, Unavailable::not_leading));
    CHECK(is(**again, Unavailable::not_leading));
}

TEST_CASE("after a dropped batch the next goes on from what came instead, with its tree") {
    Started given;
    given.running->commits.hold();
    const Answer dropped = given.running->submit(asked(new_key(2)));
    given.running->run_ready();
    given.running->commits.outcome = CommitOutcome::dropped;
    given.apply_from_elsewhere(new_key(3));  // as many events as the batch had
    given.running->commits.release();
    REQUIRE(given.running->run_until([&] { return dropped->has_value(); }));
    CHECK(is(**dropped, Unavailable::not_leading));
    given.running->commits.outcome = CommitOutcome::committed;
    const std::uint64_t next = given.log.next_seq();
    CHECK(std::get<Receipt>(given.ask(new_key(2))).seq == next);
    CHECK(range_beside(given.log)->root() == root_of_events(given.log));
}

TEST_CASE("who does not lead refuses clients, and says its own once it leads") {
    MemoryLog log;
    TestClock clock{noon};
    fill(log, clock);
    RunningSequencer running(log, clock);
    running.commits.lead(false);
    const std::uint64_t before = log.next_seq();
    CHECK(is(running.ask(asked(new_key(2))), Unavailable::not_leading));
    CHECK(is(running.ask(asked(new_key(3))), Unavailable::not_leading));
    CHECK_FALSE(running.started);
    CHECK(log.next_seq() == before);
    running.commits.lead(true);
    REQUIRE(running.run_until([&] { return running.started; }));
    CHECK(std::holds_alternative<LedgerStarted>(events_of(log).back().body));
}

TEST_CASE("what the node itself says is said again where nobody knows what came of it") {
    Started given;
    given.running->commits.outcome = CommitOutcome::unknown;
    given.running->commits.hold();
    given.running->count(key_id(1), noon, 3);
    const auto& batches = given.running->commits.batch_sizes;
    REQUIRE(given.running->run_until([&] { return batches.size() == 2; }));
    given.running->commits.lead(false);
    given.running->commits.release();
    given.running->run_ready();
    given.running->commits.outcome = CommitOutcome::committed;
    given.running->commits.lead(true);
    const auto is_told = [&] {
        return std::holds_alternative<KeysUsed>(events_of(given.log).back().body);
    };
    REQUIRE(given.running->run_until(is_told));
    const auto used = std::get<KeysUsed>(events_of(given.log).back().body);
    REQUIRE(used.rows.size() == 1);
    CHECK(used.rows.front().count == 3);
}

}  // namespace keyledger
