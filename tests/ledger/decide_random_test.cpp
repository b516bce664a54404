// Random commands, one after the other, and what must hold after each of them.

#include "ledger/proof/merkle_tree.hpp"
#include "ledger/rules/overloaded.hpp"
#include "ledger/rules/scope.hpp"
#include "tests/support/random_command.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace keyledger {

namespace {

// What a key's quota has given since it was set, or its window was: what decide must not overshoot.
struct Spent {
    bool exact = true;  // false where more may have been spent before, in another window
    std::vector<std::pair<Timestamp, std::uint64_t>> costs;

    std::uint64_t in_window(const QuotaLimit& quota, Timestamp now) const {
        std::uint64_t sum = 0;
        for (const auto& [time, cost] : costs) {
            const bool counts = !quota.window || window_index(time, *quota.window) ==
                                                     window_index(now, *quota.window);
            if (counts) sum += cost;
        }
        return sum;
    }
};

class Story {
public:
    explicit Story(std::uint64_t seed) : draw_(ledger_, seed) {
        ledger_.append({{.workspace = "system",
                         .stream = {},
                         .body = LedgerStarted{.node = 1, .boot = 1, .version = ""}},
                        made(document("system")),
                        made(document("acme")),
                        made(document("other"))},
                       {}, now_);
        CreateKey root = new_admin(0);
        ledger_.append({made(root)}, {}, now_);
        follow();
    }

    void step() {
        now_ += draw_.pause();
        const Submission submission = draw_.submission();
        const ModelView before = ledger_.view;
        const auto decision = ledger_.submit(submission, now_);
        INFO("command " << submission.command.index() << " at seq " << before.next_seq());
        if (!decision || decision->events.empty()) CHECK((ledger_.view.taken == before.taken));
        if (const auto* use = std::get_if<UseKey>(&submission.command)) {
            REQUIRE(decision);
            check_use(*use, decision->use, before);
        }
        if (decision) {
            check_authority(submission, decision->events, before);
            refused_ += decision->events.empty() ? 1 : 0;
            decided_ += decision->events.empty() ? 0 : 1;
        } else {
            refused_ += 1;
        }
        check_administrators(submission, before);
        follow();
        check_the_dead_stay_dead();
    }

    std::size_t decided() const { return decided_; }
    std::size_t refused() const { return refused_; }
    std::size_t exceeded() const { return exceeded_; }

private:
    // Reads the new events back from their bytes: they lead to the state that decide sees.
    void follow() {
        for (; again_.next_seq() < ledger_.events.size();) {
            const StoredEvent& stored = ledger_.stored[again_.next_seq()];
            const auto event = decode(stored.leaf, stored.personal);
            REQUIRE(event);
            check_chain(*event);
            note_quota(*event);
            again_.apply(*event, leaf_hash(stored.leaf));
        }
        CHECK((again_.keys == ledger_.view.keys));
        CHECK((again_.uses == ledger_.view.uses));
        CHECK((again_.workspaces == ledger_.view.workspaces));
        CHECK((again_.digests == ledger_.view.digests));
        CHECK((again_.runs == ledger_.view.runs));
    }

    // Revisions are contiguous, and each event names the one before it.
    void check_chain(const Event& event) {
        const Envelope& envelope = event.envelope;
        if (const auto* used = std::get_if<KeysUsed>(&event.body)) {
            std::set<KeyId> seen;
            for (const UseRow& row : used->rows) {
                const KeyUse& use = again_.use(row.key);
                if (seen.insert(row.key).second) CHECK(row.total == use.total + row.count);
                CHECK(row.prev_seq == use.last_seq);
            }
        }
        const KeyId* id = key_of(event.body);
        if (!id) return;
        const KeyState* key = again_.key(*id);
        CHECK(envelope.stream_revision == (key ? key->revision + 1 : 1));
        CHECK((envelope.previous == (key ? key->head : Digest{})));
        CHECK((key == nullptr) == std::holds_alternative<KeyCreated>(event.body));
    }

    void note_quota(const Event& event) {
        const auto* changed = std::get_if<KeyChanged>(&event.body);
        if (!changed || !changed->has(Setting::quota)) return;
        const auto& before = changed->before.quota;
        const auto& after = changed->after.quota;
        Spent& spent = spent_[changed->key];
        if (!before || !after) {
            spent = {};
        } else if (before->window != after->window) {
            spent = {.exact = false, .costs = {}};
        }
    }

    void check_use(const UseKey& use, const UseVerdict& verdict, const ModelView& before) {
        if (!verdict.key) return;
        const KeyState& key = *before.key(*verdict.key);
        const bool is_valid = verdict.outcome == Outcome::valid;
        if (is_valid) {
            CHECK(status_of(key, now_) == KeyStatus::active);
            CHECK_FALSE(dead_.contains(use.digest));
        }
        const auto& quota = key.settings.quota;
        if (!quota || (!is_valid && verdict.outcome != Outcome::quota_exceeded)) return;
        Spent& spent = spent_[key.id];
        const std::uint64_t sum = spent.in_window(*quota, now_) + use.cost;
        if (is_valid && use.cost > 0) CHECK(sum <= quota->limit);
        if (!is_valid && spent.exact) CHECK(sum > quota->limit);
        if (is_valid) spent.costs.emplace_back(now_, use.cost);
        exceeded_ += is_valid ? 0 : 1;
    }

    // On system nothing happens beyond the caller's scopes, nor to a bound one's foreign
    // workspaces.
    void check_authority(const Submission& submission, const std::vector<Draft>& events,
                         const ModelView& before) {
        const auto& caller = submission.authority;
        const bool by_token = std::holds_alternative<RevokeDigests>(submission.command);
        const bool is_use = std::holds_alternative<UseKey>(submission.command) ||
                            std::holds_alternative<RecordUses>(submission.command);
        if (!caller || is_use) return;
        const auto within = [&](const std::vector<std::string>& scopes) {
            return std::ranges::all_of(
                scopes, [&](const std::string& scope) { return covers(caller->scopes, scope); });
        };
        for (const Draft& draft : events) {
            if (caller->bound_workspace) CHECK(draft.workspace == *caller->bound_workspace);
            const KeyId* id = key_of(draft.body);
            if (draft.workspace != system_slug || !id) continue;
            if (const auto* created = std::get_if<KeyCreated>(&draft.body)) {
                CHECK(within(created->scopes));
                continue;
            }
            if (const auto* scoped = std::get_if<KeyScoped>(&draft.body)) {
                CHECK(within(scoped->after));
            }
            if (!by_token) CHECK(within(before.key(*id)->scopes));
        }
    }

    std::size_t administrators(const ModelView& view) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            view.keys, [&](const auto& entry) { return can_administer(entry.second, now_); }));
    }

    void check_administrators(const Submission& submission, const ModelView& before) {
        if (submission.force || administrators(before) == 0) return;
        CHECK(administrators(ledger_.view) > 0);
    }

    // A secret that ended, by rotation or with its key, never judges valid again.
    void check_the_dead_stay_dead() {
        for (const auto& [id, key] : ledger_.view.keys) {
            const WorkspaceDocument& workspace = ledger_.view.workspace(key.workspace)->document;
            Question question{.workspace = {},
                              .environment = {},
                              .scopes = {},
                              .resource = {},
                              .address = parse_address("192.0.2.7")};
            if (key.resource) question.resource = {key.resource->kind, key.resource->id};
            for (const Secret& secret : key.secrets) {
                const Outcome outcome = judge(key, secret, workspace, question, now_);
                if (dead_.contains(secret.digest)) CHECK(outcome == Outcome::revoked);
                if (outcome == Outcome::revoked) dead_.insert(secret.digest);
            }
        }
    }

    ModelLedger ledger_;
    ModelView again_;
    CommandDraw draw_;
    Timestamp now_ = dawn;
    std::map<KeyId, Spent> spent_;
    std::set<Digest> dead_;
    std::size_t decided_ = 0, refused_ = 0, exceeded_ = 0;
};

}  // namespace

TEST_CASE("whatever is asked for in whatever order, the rules hold after each command") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 seeds(seed);
    std::size_t decided = 0, refused = 0, exceeded = 0;
    for (int stories = 0; stories < 30; ++stories) {
        Story story(seeds());
        for (int steps = 0; steps < 200; ++steps) story.step();
        decided += story.decided();
        refused += story.refused();
        exceeded += story.exceeded();
    }
    // The draw is worth its name: all of it happens, often.
    CHECK(decided > 1000);
    CHECK(refused > 1000);
    CHECK(exceeded > 10);
}

}  // namespace keyledger
