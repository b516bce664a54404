// A log whose bytes are not what was written: a start says where, and never falls over it.

#include "ledger/rules/judge.hpp"
#include "ledger/stored/event_codec.hpp"
#include "projections/replay.hpp"
#include "tests/support/altered_log.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <map>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

// A system workspace's start, w0, keys 1 and 2, key 1 suspended, both used, w0 changed: seqs 0
// to 6. Without the tree beside the events, which would be the first to tell that one is another.
RandomHistory& small_history() {
    static RandomHistory history(1);
    if (!history.keys.empty()) return history;
    CreateKey limited = new_key(1, "w0");
    limited.settings.rate_limit = RateLimit{.limit = 5, .window = 1min};
    limited.settings.quota = QuotaLimit{.limit = 5, .window = 1h};
    history.commit({asked(limited), asked(new_key(2, "w0")), asked(SuspendKey{key_id(1)})});
    UseRow first, second;
    first.key = key_id(1);
    second.key = key_id(2);
    first.count = second.count = 1;
    first.first = first.last = second.first = second.last = history.clock.now();
    history.clock.advance(1s);
    history.commit({asked(RecordUses{{7, 1, 1}, {first, second}})});
    ChangeWorkspace change{.document = document("w0"), .based_on = 1};
    change.document.name = "Another";
    history.commit({asked(change)});
    REQUIRE_FALSE(history.log.clear(Family::tree));
    return history;
}

RestoreResult restore_with(std::uint64_t seq, const std::function<void(Event&)>& edit) {
    RandomHistory& history = small_history();
    const StoredEvent stored = *history.log.read(seq);
    Event event = *decode(stored.leaf, stored.personal);
    edit(event);
    SeededRandom salts(1);
    AlteredLog damaged(history.log, seq, encode(event, salts));
    Tables tables;
    return restore(damaged, tables, Rebuild::if_needed);
}

constexpr Timestamp never{Duration::max()};

template <class Body>
Body& body_of(Event& event) {
    return std::get<Body>(event.body);
}

// Whatever a start let pass must not fall over when it is looked at.
void look_at_all(Tables& tables) {
    const Timestamp now = tables.ledger_time();
    static_cast<void>(to_rfc3339(now));
    static_cast<void>(tables.digest());
    for (const KeyEntry& entry : tables.keys()) {
        const KeyState& state = *entry.state.load();
        const auto& document = entry.workspace.state.load()->document;
        if (const RateLimit* rate = effective_rate_limit(state, document)) {
            static_cast<void>(entry.rate.remaining(*rate, now));
            static_cast<void>(to_rfc3339(window_end(now, rate->window)));
        }
        if (const auto& quota = state.settings.quota) {
            static_cast<void>(quota_remaining(*quota, *entry.use.load(), now));
        }
        if (state.settings.expires_at) static_cast<void>(to_rfc3339(*state.settings.expires_at));
    }
}

}  // namespace

TEST_CASE("what is out of place in the log is named by its seq") {
    struct Case {
        std::uint64_t seq;
        std::string what;
        std::function<void(Event&)> edit;
    };
    const std::vector<Case> cases{
        {3, "holds another seq", [](Event& e) { e.envelope.seq = 4; }},
        {3, "is earlier than the event before it", [](Event& e) { e.envelope.time -= 1ms; }},
        {4, "does not continue its stream", [](Event& e) { e.envelope.stream_revision = 3; }},
        {4, "does not continue its stream", [](Event& e) { e.envelope.previous[5] ^= 1; }},
        {6, "does not continue its stream", [](Event& e) { e.envelope.previous = {}; }},
        {2, "stands in a workspace that was never created",
         [](Event& e) { e.envelope.workspace = "w9"; }},
        {3, "does not continue its stream",
         [](Event& e) { e.envelope.stream.key = body_of<KeyCreated>(e).key = key_id(1); }},
        {5, "counts a key that was never created",
         [](Event& e) { body_of<KeysUsed>(e).rows[1].key = key_id(9); }},
        {6, "changes a workspace that was never created",
         [](Event& e) {
             body_of<WorkspaceChanged>(e).before.slug = body_of<WorkspaceChanged>(e).after.slug =
                 "w9";
         }},
        {6, "creates a workspace again",
         [](Event& e) { e.body = WorkspaceCreated{document("w0")}; }},
    };
    for (const Case& each : cases) {
        const RestoreResult result = restore_with(each.seq, each.edit);
        INFO(each.seq << " " << each.what);
        REQUIRE(result.damage);
        CHECK(result.damage->seq == each.seq);
        CHECK(result.damage->what == each.what);
        CHECK_FALSE(result.fault);
    }
}

TEST_CASE("a key's event for a key that was never created, or created twice, is damage") {
    const RestoreResult unknown = restore_with(4, [](Event& e) {
        e.envelope.stream.key = body_of<KeySuspended>(e).key = key_id(9);
        e.envelope.stream_revision = 1;
        e.envelope.previous = {};
    });
    REQUIRE(unknown.damage);
    CHECK(unknown.damage->seq == 4);
    CHECK(unknown.damage->what == "speaks of a key that was never created");
    const RestoreResult again = restore_with(4, [](Event& e) {
        KeyCreated created;
        created.key = key_id(1);
        e.body = created;
        e.envelope.workspace = "w0";
    });
    REQUIRE(again.damage);
    CHECK(again.damage->seq == 4);
    CHECK(again.damage->what == "creates a key again");
}

TEST_CASE("a value that nobody can have given is damage, and not an assert further on") {
    const std::vector<std::pair<std::uint64_t, std::function<void(Event&)>>> cases{
        {6, [](Event& e) { e.envelope.time = never; }},
        {2, [](Event& e) { body_of<KeyCreated>(e).settings.rate_limit->window = 0ms; }},
        {2, [](Event& e) { body_of<KeyCreated>(e).settings.rate_limit->window = -1ms; }},
        {2, [](Event& e) { body_of<KeyCreated>(e).settings.quota->window = -1h; }},
        {2, [](Event& e) { body_of<KeyCreated>(e).settings.quota->window = Duration::max(); }},
        {2, [](Event& e) { body_of<KeyCreated>(e).settings.expires_at = never; }},
        {2, [](Event& e) { body_of<KeyCreated>(e).not_before = Timestamp(Duration::min()); }},
        {5, [](Event& e) { body_of<KeysUsed>(e).rows[0].last = Timestamp(Duration::min()); }},
        {5, [](Event& e) { body_of<KeysUsed>(e).rows[0].first = never; }},
        {6, [](Event& e) { body_of<WorkspaceChanged>(e).after.prefix = "Not a tag"; }},
        {6, [](Event& e) { body_of<WorkspaceChanged>(e).after.environments[0].tag = ""; }},
        {6,
         [](Event& e) {
             body_of<WorkspaceChanged>(e).after.environments[0].rate_limit = RateLimit{5, 0ms};
         }},
    };
    for (const auto& [seq, edit] : cases) {
        const RestoreResult result = restore_with(seq, edit);
        REQUIRE(result.damage);
        CHECK(result.damage->seq == seq);
        CHECK(result.damage->what == "holds a value that nobody can have given it");
    }
}

TEST_CASE("a missing event is named, be it the last") {
    RandomHistory& history = small_history();
    for (std::uint64_t seq = 0; seq < history.log.next_seq(); ++seq) {
        AlteredLog without(history.log, seq, {});
        Tables tables;
        const RestoreResult result = restore(without, tables, Rebuild::if_needed);
        REQUIRE(result.damage);
        CHECK(result.damage->seq == seq);
        CHECK(result.damage->what == "is missing");
    }
}

TEST_CASE("a flipped bit in an event is found there, or where its stream goes on") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    RandomHistory history(seed);
    history.steps(15);
    std::map<std::pair<StreamKind, KeyId>, std::uint64_t> last_of_stream;
    const std::uint64_t total = history.log.next_seq();
    std::vector<Stream> streams;
    for (std::uint64_t seq = 0; seq < total; ++seq) {
        const StoredEvent stored = *history.log.read(seq);
        streams.push_back(decode(stored.leaf, stored.personal)->envelope.stream);
        last_of_stream[{streams.back().kind, streams.back().key}] = seq;
    }
    std::size_t passed = 0;
    for (int round = 0; round < 2500; ++round) {
        const auto seq = draw<std::uint64_t>(engine, 0, total - 1);
        StoredEvent stored = *history.log.read(seq);
        const bool in_leaf = stored.personal.empty() || draw(engine, 0, 4) > 0;
        std::string& bytes = in_leaf ? stored.leaf : stored.personal;
        const auto at = draw<std::size_t>(engine, 0, bytes.size() - 1);
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << draw(engine, 0, 7)));
        INFO("seq " << seq << " byte " << at << " of the leaf " << in_leaf);
        MemoryLog copy;
        copy_events(history.log, copy, total);
        AlteredLog damaged(copy, seq, stored);
        Tables tables;
        const Rebuild rebuild = round % 2 == 0 ? Rebuild::if_needed : Rebuild::always;
        const RestoreResult result = restore(damaged, tables, rebuild);
        REQUIRE_FALSE(result.fault);
        if (result.damage) {
            REQUIRE(result.damage->seq >= seq);
            if (!in_leaf) REQUIRE(result.damage->seq == seq);
            continue;
        }
        ++passed;
        REQUIRE(in_leaf);
        REQUIRE(last_of_stream.at({streams[seq].kind, streams[seq].key}) == seq);
        look_at_all(tables);
    }
    CHECK(passed > 0);
}

}  // namespace keyledger
