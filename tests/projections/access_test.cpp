// Who could use what: the rows of access against a plain replay of all events.

#include "projections/access.hpp"

#include "ledger/rules/evolve.hpp"
#include "projections/replay.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <tuple>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

// key, owner, scope, sinceSeq
using Answer = std::tuple<KeyId, std::string, std::string, std::uint64_t>;

std::vector<Answer> found(const RandomHistory& history, const AccessQuestion& question,
                          std::size_t rows_max = 1000, std::size_t limit = 1000,
                          std::size_t events_max = 1000) {
    std::vector<Answer> answers;
    std::string cursor;
    for (;;) {
        const History past(history.log, history.tables.use_tail());
        AccessSearch search(past, history.tables, question, cursor);
        for (const AccessItem& item : search.step({rows_max, events_max}, limit)) {
            answers.emplace_back(item.key, item.owner, item.scope, item.since_seq);
            const Envelope envelope = past.event(item.since_seq)->event.envelope;
            CHECK(item.since == envelope.time);
            CHECK(item.actor == envelope.actor);
        }
        if (search.at_end()) break;
        cursor = search.cursor();
    }
    std::ranges::sort(answers);
    return answers;
}

// What is asked, of the whole past, as one would say it.
class Replay {
public:
    Replay(const RandomHistory& history, std::string scope, std::optional<Resource> resource)
        : scope_(std::move(scope)), resource_(std::move(resource)) {
        for (std::uint64_t seq = 0; seq < history.log.next_seq(); ++seq) {
            events_.push_back(*History(history.log, history.tables.use_tail()).event(seq));
        }
    }

    std::vector<Answer> answer(std::uint64_t as_of, Timestamp at, const std::string& slug) {
        std::map<KeyId, KeyState> keys;
        std::map<KeyId, std::uint64_t> since;
        std::map<std::string, EmptyScopes> meanings;
        for (std::uint64_t seq = 0; seq <= as_of; ++seq) {
            const Event& event = events_[seq].event;
            const Timestamp time = event.envelope.time;
            std::map<KeyId, bool> before;
            for (const auto& [id, key] : keys) before[id] = able(key, meanings, time, true);
            if (const auto* made = std::get_if<WorkspaceCreated>(&event.body)) {
                meanings[made->document.slug] = made->document.empty_scopes;
            } else if (const auto* changed = std::get_if<WorkspaceChanged>(&event.body)) {
                meanings[changed->after.slug] = changed->after.empty_scopes;
            } else if (const auto* created = std::get_if<KeyCreated>(&event.body)) {
                keys[created->key] = born(event.envelope, *created, {});
            } else if (const KeyId* id = key_of(event.body)) {
                evolve(keys[*id], event, {});
            } else {
                continue;
            }
            for (const auto& [id, key] : keys) {
                if (!able(key, meanings, time, true)) {
                    since.erase(id);
                } else if (!before[id]) {
                    since[id] = seq;
                }
            }
        }
        std::vector<Answer> answers;
        for (const auto& [id, key] : keys) {
            if (key.workspace != slug || !able(key, meanings, at, false)) continue;
            answers.emplace_back(id, key.settings.owner, most_exact(key), since.at(id));
        }
        std::ranges::sort(answers);
        return answers;
    }

private:
    std::string most_exact(const KeyState& key) const {
        const std::string family = scope_.substr(0, scope_.find(':')) + ":*";
        for (const std::string& scope : {scope_, family, std::string("*")}) {
            if (std::ranges::find(key.scopes, scope) != key.scopes.end()) return scope;
        }
        return "";
    }

    bool able(const KeyState& key, const std::map<std::string, EmptyScopes>& meanings, Timestamp at,
              bool once_begun) const {
        if (key.revoked_at || key.suspended_at) return false;
        if (key.not_before && at < *key.not_before) {
            if (!once_begun) return false;
            at = *key.not_before;
        }
        if (key.settings.expires_at && at >= *key.settings.expires_at) return false;
        if (resource_ && key.resource && *key.resource != *resource_) return false;
        if (key.scopes.empty()) return meanings.at(key.workspace) == EmptyScopes::all;
        return !most_exact(key).empty();
    }

    std::string scope_;
    std::optional<Resource> resource_;
    std::vector<PastEvent> events_;
};

}  // namespace

TEST_CASE("who could use what is what a replay of the whole history says") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    history.steps(300);
    std::mt19937_64 engine(seed);
    std::size_t answers = 0;
    for (const char* scope : {"leads:read", "leads:*", "*", "deals:read"}) {
        for (int resources = 0; resources < 2; ++resources) {
            std::optional<Resource> resource;
            if (resources == 1) resource = Resource{"agent", "2"};
            Replay replay(history, scope, resource);
            for (int draws = 0; draws < 12; ++draws) {
                const std::uint64_t as_of =
                    draw<std::uint64_t>(engine, 1, history.tables.applied());
                const Timestamp at = History(history.log, history.tables.use_tail())
                                         .event(as_of)
                                         ->event.envelope.time +
                                     draw(engine, 0, 2) * 1h;
                INFO("scope " << scope << " as of " << as_of << (resource ? " of agent/2" : ""));
                const AccessQuestion question{{"w0"}, scope, resource, as_of, at};
                const std::vector<Answer> expected = replay.answer(as_of, at, "w0");
                CHECK(found(history, question) == expected);
                CHECK(found(history, question, 3, 1) == expected);
                answers += expected.size();
            }
        }
    }
    CHECK(answers > 100);
}

TEST_CASE("without a scope each scope that a key holds is an item") {
    RandomHistory history(1);
    CreateKey create = new_key(1, "w0");
    create.scopes = {"deals:read", "leads:*"};
    history.commit({asked(create)});
    const std::uint64_t made = history.tables.applied();
    CreateKey bound = new_key(2, "w0");
    bound.scopes = {"leads:read"};
    bound.resource = Resource{"agent", "1"};
    history.commit({asked(bound)});
    AccessQuestion question{{"w0"}, {}, {}, history.tables.applied(), history.clock.now()};
    CHECK(found(history, question) == std::vector<Answer>{{key_id(1), "", "deals:read", made},
                                                          {key_id(1), "", "leads:*", made},
                                                          {key_id(2), "", "leads:read", made + 1}});
    question.resource = Resource{"agent", "2"};
    CHECK(found(history, question).size() == 2);
    question.workspaces = {};
    CHECK(found(history, question).empty());
}

TEST_CASE("a key that may be used from some addresses alone is among those who could") {
    RandomHistory history(1);
    CreateKey create = new_key(1, "w0");
    create.settings.allowed_ranges = {*parse_range("192.0.2.0/24")};
    history.commit({asked(create)});
    const std::uint64_t seq = history.tables.applied();
    const AccessQuestion question{{"w0"}, create.scopes.front(), {}, seq, history.clock.now()};
    CHECK(found(history, question).size() == 1);
}

TEST_CASE("the rows of access made again are those that were written") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    history.steps(200);
    const auto rows = rows_of(history.log, Family::access);
    MemoryLog copy;
    copy_events(history.log, copy, history.log.next_seq());
    Tables tables;
    const RestoreResult result = restore(copy, tables, Rebuild::always);
    REQUIRE_FALSE(result.damage);
    CHECK(rows_of(copy, Family::access) == rows);
    CHECK(rows.size() > 100);
}

TEST_CASE("a workspace is told as it stood after any event") {
    RandomHistory history(1);
    const History past(history.log, history.tables.use_tail());
    WorkspaceState state = *history.tables.find_workspace("w0")->state.load();
    const WorkspaceState first = state;
    ChangeWorkspace change{.document = state.document, .based_on = state.revision};
    change.document.name = "second";
    change.document.empty_scopes = EmptyScopes::all;
    history.clock.advance(1h);
    history.commit({asked(change)});
    const std::uint64_t changed = history.tables.applied();
    const WorkspaceState second = *history.tables.find_workspace("w0")->state.load();
    CHECK(past.workspace_at("w0", changed - 1) == first);
    CHECK(past.workspace_at("w0", changed) == second);
    CHECK_FALSE(past.workspace_at("w0", first.seq - 1));
    CHECK_FALSE(past.workspace_at("w", changed));
    using Meanings = std::vector<std::pair<std::uint64_t, EmptyScopes>>;
    CHECK(past.empty_scopes("w0", changed) ==
          Meanings{{first.seq, EmptyScopes::none}, {changed, EmptyScopes::all}});
    CHECK(past.empty_scopes("w0", changed - 1) == Meanings{{first.seq, EmptyScopes::none}});
}

}  // namespace keyledger
