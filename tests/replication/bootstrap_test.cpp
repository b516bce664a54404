#include "replication/bootstrap.hpp"

#include "ledger/log/memory_log.hpp"
#include "ledger/rules/decide.hpp"
#include "projections/index_rows.hpp"
#include "projections/replay.hpp"
#include "tests/support/forwarding_log.hpp"
#include "tests/support/given.hpp"
#include "tests/support/running_sequencer.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

// The disk is full.
class FullLog final : public ForwardingLog {
public:
    using ForwardingLog::ForwardingLog;
    std::optional<LogFault> append(const LogBatch&) override { return LogFault{"full"}; }
};

struct Begun {
    MemoryLog log;
    TestClock clock{noon};
    SeededRandom random{1};
    RootKey root = std::get<RootKey>(begin_ledger(log, clock, random));
};

void check_opens(const Tables& tables, const RootKey& root) {
    const KeyEntry* entry = tables.find_digest(digest_of_token(root.token.text()));
    REQUIRE(entry);
    CHECK(entry->id == root.key);
    CHECK(entry->workspace.slug == system_slug);
    CHECK(can_administer(*entry->state.load(), noon));
    CHECK(entry->state.load()->scopes == std::vector<std::string>{"*"});
    CHECK(inspect_token(root.token.text()));
}

}  // namespace

TEST_CASE("a new ledger has a system workspace, a root key that may do all, and an id") {
    Begun begun;
    Tables tables;
    const RestoreResult restored = restore(begun.log, tables, Rebuild::if_needed);
    REQUIRE_FALSE(restored.damage);
    check_opens(tables, begun.root);
    CHECK(tables.keys_count() == 1);
    CHECK(tables.workspaces().size() == 1);
    const auto node = node_id(begun.log);
    REQUIRE(node);
    CHECK(*node != 0);
    REQUIRE(tables.runs().contains(*node));
    CHECK(tables.runs().at(*node).boot == 1);
    CHECK(tables.runs().at(*node).stopped);
}

TEST_CASE("a ledger's first events stand as they would after a start") {
    Begun begun;
    const auto events = events_of(begun.log);
    REQUIRE(events.size() == 4);
    CHECK(std::holds_alternative<LedgerStarted>(events[0].body));
    CHECK(std::holds_alternative<WorkspaceCreated>(events[1].body));
    CHECK(std::holds_alternative<KeyCreated>(events[2].body));
    CHECK(std::holds_alternative<LedgerStopped>(events[3].body));
    // What a rebuild makes of them is what was written with them.
    std::vector<std::string> streams;
    begun.log.rows(Family::streams, "", "\xff\xff", [&](std::string_view, std::string_view row) {
        streams.emplace_back(row);
        return true;
    });
    CHECK(streams.size() == 1);
}

TEST_CASE("one more root key leaves the others as they are") {
    Begun begun;
    Tables tables;
    restore(begun.log, tables, Rebuild::if_needed);
    const std::uint64_t node = *node_id(begun.log);
    const Bootstrapped added = add_root_key(begun.log, tables, begun.clock, begun.random);
    REQUIRE(std::holds_alternative<RootKey>(added));
    const RootKey& second = std::get<RootKey>(added);
    CHECK(second.key != begun.root.key);
    check_opens(tables, begun.root);
    check_opens(tables, second);
    Tables restored;
    restore(begun.log, restored, Rebuild::if_needed);
    check_opens(restored, begun.root);
    check_opens(restored, second);
    CHECK(node_id(begun.log) == node);
    const Event event = events_of(begun.log).back();
    CHECK(event.envelope.reason.value == "recovered on the stopped node by init --recover");
    CHECK(event.envelope.actor.kind == ActorKind::system);
}

TEST_CASE("a ledger that was begun can be started, without a gap") {
    Begun begun;
    RunningSequencer running(begun.log, begun.clock);
    REQUIRE(running.stop());
    for (const Event& event : events_of(begun.log)) {
        CHECK_FALSE(std::holds_alternative<UsageGap>(event.body));
    }
}

TEST_CASE("no two ledgers have one id or one root key") {
    MemoryLog one, other;
    const TestClock clock(noon);
    SeededRandom random(1);
    const auto first = std::get<RootKey>(begin_ledger(one, clock, random));
    const auto second = std::get<RootKey>(begin_ledger(other, clock, random));
    CHECK(node_id(one) != node_id(other));
    CHECK(first.token.text() != second.token.text());
    CHECK(first.key != second.key);
}

TEST_CASE("a log that was never begun has no id") {
    MemoryLog log;
    CHECK_FALSE(node_id(log));
    REQUIRE_FALSE(log.put({{Family::meta, std::string(node_id_row), "short"}}));
    CHECK_FALSE(node_id(log));
}

TEST_CASE("a ledger may begin with workspaces, and one that is refused keeps it from beginning") {
    const TestClock clock(noon);
    SeededRandom random(1);
    WorkspaceDocument document;
    document.slug = "acme";
    document.name = "Acme";
    document.prefix = "ac";
    document.environments.push_back({.name = "live", .tag = "live", .rate_limit = {}});
    MemoryLog log;
    const auto root = std::get<RootKey>(begin_ledger(log, clock, random, {document}));
    Tables tables;
    REQUIRE_FALSE(restore(log, tables, Rebuild::if_needed).damage);
    check_opens(tables, root);
    REQUIRE(tables.find_workspace("acme"));
    CHECK(tables.find_workspace("acme")->state.load()->document == document);
    MemoryLog other;
    const Bootstrapped refused = begin_ledger(other, clock, random, {document, document});
    REQUIRE(std::holds_alternative<Rejection>(refused));
    CHECK(other.next_seq() == 0);
}

TEST_CASE("a fault of the log is told, and no key is given out") {
    MemoryLog behind;
    FullLog log(behind);
    const TestClock clock(noon);
    SeededRandom random(1);
    const Bootstrapped begun = begin_ledger(log, clock, random);
    REQUIRE(std::holds_alternative<LogFault>(begun));
    CHECK(std::get<LogFault>(begun).what == "full");
    CHECK(behind.next_seq() == 0);
    CHECK_FALSE(node_id(log));
}

TEST_CASE("a ledger that goes on as another log says which key signs from there on, and why") {
    Begun begun;
    Tables tables;
    REQUIRE_FALSE(problem_of(restore(begun.log, tables, Rebuild::if_needed)));
    const std::uint64_t before = begun.log.next_seq();
    const LogKeyRotated rotated{.before = "old+1+a", .after = "new+2+b"};
    REQUIRE_FALSE(
        state_other_key(begun.log, tables, begun.clock, begun.random, rotated, "restored"));
    const auto events = events_of(begun.log);
    REQUIRE(events.size() == before + 1);
    CHECK(std::get<LogKeyRotated>(events.back().body) == rotated);
    CHECK(events.back().envelope.reason == "restored");
    CHECK(begun.log.row(Family::meta, log_key_row) == rotated.after);

    FullLog full(begun.log);
    const auto fault = state_other_key(full, tables, begun.clock, begun.random, rotated, "again");
    REQUIRE(fault);
    CHECK(fault->what == "full");
}

}  // namespace keyledger
