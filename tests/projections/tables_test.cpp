#include "projections/tables.hpp"

#include "ledger/stored/event_codec.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t steps = 120;

// The events of a log, read back from their bytes.
template <class Use>
void each_event(const EventLog& log, Use use) {
    const auto cursor = log.scan(0);
    while (const auto item = cursor->next()) {
        const auto event = decode(item->leaf, item->personal);
        REQUIRE(event);
        use(*event, leaf_hash(item->leaf));
    }
}

void check_equal(const Tables& tables, const ModelView& model) {
    REQUIRE(tables.keys_count() == model.keys.size());
    for (const auto& [id, state] : model.keys) {
        const KeyEntry* entry = tables.find_key(id);
        REQUIRE(entry);
        REQUIRE(*entry->state.load() == state);
        REQUIRE(*entry->use.load() == model.uses.at(id));
    }
    REQUIRE(tables.workspaces().size() == model.workspaces.size());
    for (const auto& [slug, state] : model.workspaces) {
        const WorkspaceEntry* entry = tables.find_workspace(slug);
        REQUIRE(entry);
        REQUIRE(*entry->state.load() == state);
    }
    for (const auto& [digest, id] : model.digests) {
        const KeyEntry* entry = tables.find_digest(digest);
        REQUIRE(entry);
        REQUIRE(entry->id == id);
    }
}

Submission created(std::uint32_t number) {
    return asked(new_key(number, "w0"));
}

Submission used(std::uint32_t key, FlushTag flush, std::uint32_t spent, Timestamp time) {
    UseRow row;
    row.key = key_id(key);
    row.count = row.spent = spent;
    row.first = row.last = time;
    return asked(RecordUses{flush, {row}});
}

}  // namespace

TEST_CASE("the tables hold what the events make, and are found by id, digest and name") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    ModelView model;
    for (std::size_t i = 0; i < steps; ++i) history.step();
    each_event(history.log,
               [&](const Event& event, const Digest& leaf) { model.apply(event, leaf); });
    REQUIRE(history.refused > 0);
    REQUIRE(model.keys.size() > 20);
    check_equal(history.tables, model);
    CHECK_FALSE(history.tables.find_key(key_id(1)));
    CHECK_FALSE(history.tables.find_digest(digest_of(1)));
    CHECK_FALSE(history.tables.find_workspace("w"));
}

TEST_CASE("a workspace's keys stand in the order of their creation") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    history.steps(steps);
    std::set<KeyId> listed;
    for (std::size_t i = 0; i < history.tables.workspaces().size(); ++i) {
        const WorkspaceEntry& workspace = history.tables.workspaces()[i];
        std::uint64_t before = 0;
        for (std::size_t k = 0; k < workspace.keys.size(); ++k) {
            const KeyState& state = *workspace.keys[k].state.load();
            REQUIRE(state.workspace == workspace.slug);
            REQUIRE(state.created_seq > before);
            before = state.created_seq;
            listed.insert(state.id);
        }
    }
    CHECK(listed.size() == history.keys.size());
}

TEST_CASE("an event counts as applied once its batch is published") {
    RandomHistory history(1);
    Tables tables;
    const std::uint64_t end = history.log.next_seq();
    REQUIRE(end == 2);
    each_event(history.log, [&](const Event& event, const Digest& leaf) {
        tables.apply(event, leaf);
        CHECK(tables.applied() == 0);
    });
    CHECK(tables.find_workspace("w0"));
    CHECK(tables.next_seq() == end);
    tables.publish();
    CHECK(tables.applied() == end - 1);
    CHECK(tables.ledger_time() == history.tables.ledger_time());
}

TEST_CASE("the digest is the same whenever it was asked for before") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory asked_often(seed), asked_once(seed);
    for (std::size_t i = 0; i < steps; ++i) {
        asked_often.step();
        asked_once.step();
        static_cast<void>(asked_often.tables.digest());
    }
    CHECK(asked_often.tables.digest() == asked_once.tables.digest());
    CHECK(asked_once.tables.digest().size() == 32);
}

TEST_CASE("each change of a key or a workspace changes the digest, and nothing else does") {
    RandomHistory history(1);
    const auto digest_after = [&](Command command) {
        history.commit({asked(std::move(command))});
        return history.tables.digest();
    };
    std::set<std::string> digests{history.tables.digest()};
    digests.insert(digest_after(new_key(1, "w0")));
    digests.insert(digest_after(new_key(2, "w0")));
    digests.insert(digest_after(SuspendKey{key_id(1)}));
    digests.insert(digest_after(RotateKey{key_id(2), digest_of(20), "hint", 0ms}));
    ChangeKey renamed{.key = key_id(1), .changed = 1U << unsigned(Setting::name), .settings = {}};
    renamed.settings.name = "another";
    digests.insert(digest_after(renamed));
    digests.insert(digest_after(use_of(digest_of(20))));
    digests.insert(digest_after(CreateWorkspace{document("w1")}));
    CHECK(digests.size() == 7 + 1);
    const std::string before = history.tables.digest();
    CHECK(digest_after(RecordStart{{7, 2, "1"}}) == before);
    const KeyEntry* entry = history.tables.find_key(key_id(2));
    CHECK(entry->rate.take({.limit = 5, .window = 1s}, history.clock.now()));
    CHECK(history.tables.digest() == before);
}

TEST_CASE("the digest is the same after the personal values have been erased") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    history.steps(steps);
    Tables erased;
    const auto cursor = history.log.scan(0);
    while (const auto item = cursor->next()) {
        erased.apply(*decode(item->leaf, ""), leaf_hash(item->leaf));
    }
    erased.publish();
    CHECK(erased.digest() == history.tables.digest());
    const KeyEntry* entry = erased.find_key(history.keys.front());
    REQUIRE(entry);
    CHECK(entry->state.load()->settings.name.empty());
}

TEST_CASE("the rate windows take what others counted, and not again what was counted here") {
    RandomHistory history(1);
    CreateKey limited = new_key(1, "w0");
    limited.settings.rate_limit = RateLimit{.limit = 100, .window = 1h};
    history.commit({asked(limited)});
    const RateLimit& limit = *limited.settings.rate_limit;
    const Timestamp now = history.clock.now();
    const KeyEntry& entry = *history.tables.find_key(key_id(1));
    history.commit({asked(RecordStart{{7, 3, "1"}})});
    history.tables.set_own_run({7, 3});
    history.commit({used(1, {.node = 7, .boot = 3, .number = 1}, 10, now)});
    CHECK(entry.rate.remaining(limit, now) == 100);
    history.commit({used(1, {.node = 8, .boot = 1, .number = 1}, 10, now)});
    CHECK(entry.rate.remaining(limit, now) == 90);
    history.commit({used(1, {.node = 7, .boot = 2, .number = 1}, 5, now)});
    CHECK(entry.rate.remaining(limit, now) == 90);  // an old start's, which came too late
    history.commit({asked(use_of(digest_of(1)))});
    CHECK(entry.rate.remaining(limit, now) == 89);
}

TEST_CASE("a node's newest start and flush are known") {
    RandomHistory history(1);
    history.commit({created(1)});
    history.commit({asked(RecordStart{{9, 4, "1"}})});
    const auto run = [&] { return history.tables.runs().at(9); };
    const Timestamp began = history.clock.now();
    CHECK(run() == NodeRun{.boot = 4, .last_flush = 0, .last_counted = began, .stopped = false});
    history.clock.advance(10s);
    const Timestamp counted = began + 7s;
    history.commit({used(1, {.node = 9, .boot = 4, .number = 1}, 1, counted)});
    CHECK(run() == NodeRun{.boot = 4, .last_flush = 1, .last_counted = counted, .stopped = false});
    history.commit({asked(RecordStop{{9, 4}})});
    CHECK(run().stopped);
}

}  // namespace keyledger
