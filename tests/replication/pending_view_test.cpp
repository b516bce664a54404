#include "replication/pending_view.hpp"

#include "ledger/stored/event_codec.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

struct Applied {
    Event event;
    Digest leaf;
};

std::vector<Applied> applied_in(const EventLog& log) {
    std::vector<Applied> events;
    const auto cursor = log.scan(0);
    while (const auto item = cursor->next()) {
        events.push_back({*decode(item->leaf, item->personal), leaf_hash(item->leaf)});
    }
    return events;
}

// What decide can ask of the view is what the tables hold.
void check_equal(const PendingView& view, const Tables& tables, const RandomHistory& history) {
    REQUIRE(view.next_seq() == tables.next_seq());
    REQUIRE(view.ledger_time() == tables.ledger_time());
    for (const StreamKind kind : {StreamKind::ledger, StreamKind::uses, StreamKind::audit}) {
        REQUIRE(view.head({.kind = kind, .key = {}}) == tables.head(kind));
    }
    for (const KeyId& id : history.keys) {
        const KeyEntry* entry = tables.find_key(id);
        REQUIRE((view.key(id) != nullptr) == (entry != nullptr));
        if (!entry) continue;
        const KeyState& state = *entry->state.load();
        REQUIRE(*view.key(id) == state);
        REQUIRE(view.use(id) == *entry->use.load());
        REQUIRE(view.head({.kind = StreamKind::key, .key = id}) ==
                StreamHead{state.revision, state.head});
        for (const Secret& secret : state.secrets) {
            const KeyState* found = view.key_of_digest(secret.digest);
            REQUIRE(found);
            REQUIRE(found->id == id);
        }
    }
    for (std::size_t i = 0; i < tables.workspaces().size(); ++i) {
        const WorkspaceEntry& workspace = tables.workspaces()[i];
        REQUIRE(view.workspace(workspace.slug));
        REQUIRE(*view.workspace(workspace.slug) == *workspace.state.load());
        std::vector<KeyState> visited;
        view.each_key(workspace.slug, [&](const KeyState& key) { visited.push_back(key); });
        REQUIRE(visited.size() == workspace.keys.size());
        for (std::size_t k = 0; k < visited.size(); ++k) {
            REQUIRE(visited[k] == *workspace.keys[k].state.load());
        }
    }
    for (const auto& [node, run] : tables.runs()) {
        REQUIRE(view.last_flush(node, run.boot) == run.last_flush);
    }
}

KeyRotated rotation(std::uint32_t key, std::uint32_t version, std::uint32_t digest) {
    return {.key = key_id(key),
            .version = version,
            .digest = digest_of(digest),
            .hint = "",
            .older_valid_until = noon};
}

}  // namespace

TEST_CASE("a batch in the making is seen as the tables will be once it is applied") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    RandomHistory history(seed);
    history.steps(60);
    const std::vector<Applied> events = applied_in(history.log);
    Tables before, after;
    PendingView view(before);
    for (std::size_t next = 0; next < events.size();) {
        view.clear();
        check_equal(view, before, history);
        const std::size_t batch = draw<std::size_t>(engine, 1, 12);
        const std::size_t end = std::min(events.size(), next + batch);
        for (std::size_t i = next; i < end; ++i) {
            view.apply(events[i].event, events[i].leaf);
            after.apply(events[i].event, events[i].leaf);
        }
        after.publish();
        check_equal(view, after, history);
        for (; next < end; ++next) before.apply(events[next].event, events[next].leaf);
        before.publish();
    }
}

TEST_CASE("what was pending is forgotten with its batch") {
    RandomHistory history(1);
    PendingView view(history.tables);
    const auto apply = [&](EventBody body, Stream stream) {
        Event event;
        event.body = std::move(body);
        event.envelope.seq = view.next_seq();
        event.envelope.stream = stream;
        event.envelope.workspace = "w0";
        event.envelope.time = noon;
        event.envelope.stream_revision = view.head(stream).revision + 1;
        view.apply(event, digest_of(500));
    };
    KeyCreated created;
    created.key = key_id(1);
    created.digest = digest_of(1);
    apply(created, {StreamKind::key, key_id(1)});
    apply(rotation(1, 2, 2), {StreamKind::key, key_id(1)});
    apply(WorkspaceCreated{document("w9")}, {StreamKind::ledger, {}});
    apply(KeysUsed{.flush = {9, 1, 4}, .rows = {}}, {StreamKind::uses, {}});
    REQUIRE(view.key(key_id(1)));
    REQUIRE(view.key_of_digest(digest_of(2)));
    REQUIRE(view.workspace("w9"));
    REQUIRE(view.last_flush(9, 1) == 4);
    view.clear();
    CHECK_FALSE(view.key(key_id(1)));
    CHECK_FALSE(view.key_of_digest(digest_of(1)));
    CHECK_FALSE(view.key_of_digest(digest_of(2)));
    CHECK_FALSE(view.workspace("w9"));
    CHECK(view.last_flush(9, 1) == 0);
    std::size_t visited = 0;
    view.each_key("w0", [&](const KeyState&) { ++visited; });
    CHECK(visited == 0);
    RandomHistory untouched(1);
    check_equal(view, untouched.tables, untouched);
}

TEST_CASE("a secret that the batch makes a key forget does no harm") {
    RandomHistory history(1);
    history.commit({asked(new_key(1, "w0"))});
    std::vector<Submission> rotations;
    for (std::uint32_t i = 1; i < secrets_kept_max; ++i) {
        rotations.push_back(asked(
            RotateKey{.key = key_id(1), .digest = digest_of(1000 + i), .hint = "", .grace = 1h}));
    }
    history.commit(rotations);
    REQUIRE(history.tables.find_digest(digest_of(1)));
    // The first secret goes with the rotation, and is asked for in the same batch.
    history.commit(
        {asked(RotateKey{.key = key_id(1), .digest = digest_of(2000), .hint = "", .grace = 1h}),
         asked(use_of(digest_of(1))), asked(RevokeDigests{.digests = {digest_of(1)}})});
    CHECK_FALSE(history.tables.find_digest(digest_of(1)));
    CHECK(history.tables.find_digest(digest_of(2000)));
    CHECK_FALSE(history.tables.find_key(key_id(1))->state.load()->revoked_at);
}

TEST_CASE(
    "a flush of a start before the newest comes too late, and one of a later start does not") {
    RandomHistory history(1);
    history.commit({asked(RecordStart{{9, 4, "1"}})});
    PendingView view(history.tables);
    CHECK(view.last_flush(9, 3) == std::numeric_limits<std::uint64_t>::max());
    CHECK(view.last_flush(9, 4) == 0);
    CHECK(view.last_flush(9, 5) == 0);
    CHECK(view.last_flush(10, 1) == 0);
}

TEST_CASE("a place in a rate window is taken from the window that the checks count in") {
    RandomHistory history(1);
    history.commit({asked(new_key(1, "w0"))});
    PendingView view(history.tables);
    const RateLimit limit{.limit = 2, .window = 1s};
    CHECK(view.rate_open(key_id(1), limit, noon));
    CHECK(history.tables.find_key(key_id(1))->rate.take(limit, noon));
    CHECK(view.take_rate(key_id(1), limit, noon));
    CHECK_FALSE(view.rate_open(key_id(1), limit, noon));
    CHECK_FALSE(view.take_rate(key_id(1), limit, noon));
    CHECK(history.tables.find_key(key_id(1))->rate.remaining(limit, noon) == 0);
    CHECK(view.take_rate(key_id(1), limit, noon + 1s));
}

}  // namespace keyledger
