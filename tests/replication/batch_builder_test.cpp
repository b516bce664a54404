#include "replication/batch_builder.hpp"

#include "ledger/log/memory_log.hpp"
#include "ledger/log/tree_rows.hpp"
#include "ledger/stored/event_codec.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

struct Fixture {
    MemoryLog log;
    Tables tables;
    TestClock clock{noon};
    SeededRandom random{1};
    BatchBuilder builder{log, tables, clock, random};

    Fixture() {
        builder.clear();
        REQUIRE(builder.add(asked(CreateWorkspace{document("acme")})).has_value());
        commit();
    }
    void commit() {
        REQUIRE_FALSE(log.append(builder.batch()));
        for (const SealedEvent& sealed : builder.events()) {
            tables.apply(sealed.event, sealed.leaf);
        }
        tables.publish();
        builder.clear();
    }
};

ImportKeys import_of(std::uint32_t first, std::uint32_t count) {
    ImportKeys import{.workspace = "acme", .keys = {}};
    for (std::uint32_t i = 0; i < count; ++i) import.keys.push_back(new_key(first + i));
    return import;
}

}  // namespace

TEST_CASE("each event goes on where its stream ended, in the batch and before it") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    history.steps(100);
    std::map<std::pair<StreamKind, KeyId>, StreamHead> heads;
    Timestamp before{};
    std::uint64_t seq = 0, left_of_command = 0;
    const auto cursor = history.log.scan(0);
    while (const auto item = cursor->next()) {
        const Envelope envelope = decode(item->leaf, item->personal)->envelope;
        REQUIRE(envelope.seq == seq++);
        REQUIRE(envelope.time >= before);
        before = envelope.time;
        StreamHead& head = heads[{envelope.stream.kind, envelope.stream.key}];
        REQUIRE(envelope.stream_revision == head.revision + 1);
        REQUIRE(envelope.previous == head.leaf);
        head = {envelope.stream_revision, leaf_hash(item->leaf)};
        // The first event of a command counts them all.
        REQUIRE((envelope.command_events > 0) == (left_of_command == 0));
        if (envelope.command_events > 0) left_of_command = envelope.command_events;
        if (envelope.idempotency) REQUIRE(envelope.command_events > 0);
        --left_of_command;
    }
    CHECK(left_of_command == 0);
}

TEST_CASE("events state the circumstances of their command") {
    Fixture given;
    Submission submission = asked(import_of(1, 3));
    submission.actor = {.kind = ActorKind::admin_key, .id = key_id(9), .address = "192.0.2.1"};
    submission.request_id = "request 1";
    submission.reason = "because";
    submission.idempotency = Idempotency{digest_of(5), digest_of(6)};
    const Result<Receipt> receipt = given.builder.add(submission);
    REQUIRE(receipt.has_value());
    CHECK(receipt->first_seq == 1);
    CHECK(receipt->events == 3);
    CHECK(receipt->seq == 3);
    CHECK(receipt->time == noon);
    CHECK_FALSE(receipt->replayed);
    REQUIRE(given.builder.events().size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        const SealedEvent& sealed = given.builder.events()[i];
        const StoredEvent& stored = given.builder.batch().events[i];
        CHECK(decode(stored.leaf, stored.personal) == sealed.event);
        CHECK(leaf_hash(stored.leaf) == sealed.leaf);
        const Envelope& envelope = sealed.event.envelope;
        CHECK(envelope.actor == submission.actor);
        CHECK(envelope.request_id == "request 1");
        CHECK(envelope.reason.value == "because");
        CHECK(envelope.workspace == "acme");
        CHECK(envelope.command_events == (i == 0 ? 3 : 0));
        CHECK(envelope.idempotency == (i == 0 ? submission.idempotency : std::nullopt));
    }
}

TEST_CASE("a refused command adds nothing, and one with nothing to do names the newest event") {
    Fixture given;
    REQUIRE(given.builder.add(asked(new_key(1))).has_value());
    const std::size_t bytes = given.builder.bytes();
    const std::size_t rows = given.builder.batch().rows.size();
    // Its first key would be right.
    ImportKeys import = import_of(2, 2);
    import.keys[1].digest = digest_of(1);
    const Result<Receipt> refused = given.builder.add(asked(import));
    REQUIRE(refused.has_error());
    CHECK(refused.error().refusal == Refusal::digest_taken);
    const Result<Receipt> nothing = given.builder.add(asked(ResumeKey{key_id(1)}));
    REQUIRE(nothing.has_value());
    CHECK(nothing->events == 0);
    CHECK(nothing->seq == 1);
    CHECK(given.builder.events().size() == 1);
    CHECK(given.builder.batch().rows.size() == rows);
    CHECK(given.builder.bytes() == bytes);
    given.commit();
    CHECK_FALSE(given.tables.find_key(key_id(2)));
}

TEST_CASE("commands are decided on those before them in the batch") {
    Fixture given;
    CreateKey limited = new_key(1);
    limited.settings.quota = QuotaLimit{.limit = 5, .window = {}};
    REQUIRE(given.builder.add(asked(limited)).has_value());
    const auto outcome = [&](std::uint64_t cost) {
        return given.builder.add(asked(use_of(digest_of(1), cost)))->use.outcome;
    };
    CHECK(outcome(3) == Outcome::valid);
    CHECK(outcome(3) == Outcome::quota_exceeded);
    CHECK(outcome(2) == Outcome::valid);
    CHECK(outcome(1) == Outcome::quota_exceeded);
    REQUIRE(given.builder.add(asked(SuspendKey{key_id(1)})).has_value());
    CHECK(outcome(0) == Outcome::suspended);
    CHECK(given.builder.events().size() == 4);
    given.commit();
    CHECK(given.tables.find_key(key_id(1))->use.load()->quota_spent == 5);
}

TEST_CASE("a batch that is dropped leaves nothing behind, and the next begins at the same place") {
    Fixture given;
    Submission keyed = asked(import_of(1, 300));
    keyed.idempotency = Idempotency{digest_of(5), digest_of(6)};
    REQUIRE(given.builder.add(keyed).has_value());
    CHECK(given.builder.bytes() > 0);
    given.builder.clear();
    CHECK(given.builder.events().empty());
    CHECK(given.builder.batch().events.empty());
    CHECK(given.builder.bytes() == 0);
    const Result<Receipt> again = given.builder.add(keyed);
    REQUIRE(again.has_value());
    CHECK_FALSE(again->replayed);
    CHECK(again->first_seq == 1);
    given.commit();
    REQUIRE(given.builder.add(asked(new_key(1000))).has_value());
    given.commit();
    CHECK(TreeWriter::open(given.log)->size() == given.log.next_seq());
}

TEST_CASE("the tree beside the events is the one of their leaves") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    history.steps(100);
    CompactRange expected;
    const auto cursor = history.log.scan(0);
    while (const auto item = cursor->next()) expected.append(leaf_hash(item->leaf));
    const auto tree = TreeWriter::open(history.log);
    REQUIRE(tree);
    CHECK(tree->head().root == expected.root());
}

TEST_CASE("a use that is committed before its answer names the start that counted it") {
    Fixture given;
    given.tables.set_own_run({7, 3});
    REQUIRE(given.builder.add(asked(new_key(1))).has_value());
    REQUIRE(given.builder.add(asked(use_of(digest_of(1)))).has_value());
    const auto& used = std::get<KeysUsed>(given.builder.events()[1].event.body);
    CHECK(used.flush == FlushTag{.node = 7, .boot = 3, .number = 0});
}

}  // namespace keyledger
