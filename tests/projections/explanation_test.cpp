#include "projections/explanation.hpp"

#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

struct Fixture {
    RandomHistory history{1};
    History past{history.log, history.tables.use_tail()};
    std::uint64_t made = 0;
    std::vector<std::string_view> scopes{"leads:read"};
    Question question{
        .workspace = {}, .environment = {}, .scopes = scopes, .resource = {}, .address = {}};

    Fixture() {
        CreateKey create = new_key(1, "w0");
        create.settings.expires_at = history.clock.now() + 24h;
        history.commit({asked(create)});
        made = now();
    }
    std::uint64_t now() const { return history.tables.applied(); }
    std::uint64_t commit(Command command) {
        history.commit({asked(std::move(command))});
        return now();
    }
    Explanation explained(std::optional<std::uint64_t> seq = {}, Duration later = {}) {
        const std::uint64_t as_of = seq.value_or(now());
        const std::optional<PastKey> key = past.key_at(key_id(1), as_of);
        REQUIRE(key);
        const auto found = explain(past, *key, as_of, history.clock.now() + later, question);
        REQUIRE(found);
        return *found;
    }
};

ExplainedRule rule_of(const Explanation& explanation, Outcome rule) {
    const auto found = std::ranges::find(explanation.rules, rule, &ExplainedRule::rule);
    REQUIRE(found != explanation.rules.end());
    return *found;
}

}  // namespace

TEST_CASE("every rule is told, in the order in which checks ask them") {
    Fixture given;
    const Explanation explanation = given.explained();
    CHECK(explanation.code == Outcome::valid);
    std::vector<Outcome> order;
    for (const ExplainedRule& rule : explanation.rules) order.push_back(rule.rule);
    using enum Outcome;
    CHECK(order == std::vector<Outcome>{malformed, unknown, revoked, suspended, pending, expired,
                                        wrong_workspace, wrong_environment, ip_not_allowed,
                                        wrong_resource, insufficient_scope, rate_limited,
                                        quota_exceeded});
    CHECK(rule_of(explanation, unknown).result == RuleResult::not_asked);
    CHECK(rule_of(explanation, revoked).result == RuleResult::passed);
    CHECK_FALSE(rule_of(explanation, revoked).event);
    CHECK(rule_of(explanation, wrong_workspace).result == RuleResult::not_asked);
    CHECK(rule_of(explanation, expired).event == given.made);
    const ExplainedRule scope = rule_of(explanation, insufficient_scope);
    CHECK(scope.result == RuleResult::passed);
    CHECK(scope.detail == "leads:read");
    CHECK(scope.event == given.made);
}

TEST_CASE("the event that decides is named, and what comes after it is not reached") {
    Fixture given;
    const std::uint64_t suspended = given.commit(SuspendKey{key_id(1)});
    const Explanation then = given.explained();
    CHECK(then.code == Outcome::suspended);
    CHECK(rule_of(then, Outcome::suspended).result == RuleResult::failed);
    CHECK(rule_of(then, Outcome::suspended).event == suspended);
    CHECK(rule_of(then, Outcome::revoked).result == RuleResult::passed);
    CHECK(rule_of(then, Outcome::insufficient_scope).result == RuleResult::not_reached);
    CHECK(rule_of(then, Outcome::quota_exceeded).result == RuleResult::not_reached);

    const std::uint64_t resumed = given.commit(ResumeKey{key_id(1)});
    CHECK(given.explained().code == Outcome::valid);
    CHECK(rule_of(given.explained(), Outcome::suspended).event == resumed);
    CHECK(given.explained(suspended).code == Outcome::suspended);

    const std::uint64_t scoped =
        given.commit(ScopeKey{.key = key_id(1), .scopes = {"deals:read"}, .all = false});
    const ExplainedRule scope = rule_of(given.explained(), Outcome::insufficient_scope);
    CHECK(scope.result == RuleResult::failed);
    CHECK(scope.detail == "leads:read");
    CHECK(scope.event == scoped);
    CHECK(given.explained(resumed).code == Outcome::valid);

    const std::uint64_t revoked = given.commit(RevokeKey{key_id(1)});
    CHECK(rule_of(given.explained(), Outcome::revoked).event == revoked);
    CHECK(given.explained().code == Outcome::revoked);
}

TEST_CASE("a time to come is judged as if nothing happened until then") {
    Fixture given;
    CHECK(given.explained({}, 24h - 1ms).code == Outcome::valid);
    const Explanation later = given.explained({}, 24h);
    CHECK(later.code == Outcome::expired);
    CHECK(rule_of(later, Outcome::expired).event == given.made);

    ChangeKey change{.key = key_id(1),
                     .changed = 1U << static_cast<unsigned>(Setting::expires_at),
                     .settings = {}};
    const std::uint64_t changed = given.commit(change);
    const Explanation lasting = given.explained({}, 24h);
    CHECK(lasting.code == Outcome::valid);
    CHECK(rule_of(lasting, Outcome::expired).event == changed);
}

TEST_CASE("where an empty list grants all, the workspace's event says so") {
    Fixture given;
    given.commit(ScopeKey{.key = key_id(1), .scopes = {}, .all = true});
    CHECK(given.explained().code == Outcome::insufficient_scope);
    const WorkspaceState& state = *given.history.tables.find_workspace("w0")->state.load();
    ChangeWorkspace change{.document = state.document, .based_on = state.revision};
    change.document.empty_scopes = EmptyScopes::all;
    const std::uint64_t changed = given.commit(change);
    CHECK(given.explained().code == Outcome::valid);
    CHECK(rule_of(given.explained(), Outcome::insufficient_scope).event == changed);
}

TEST_CASE("of a rate window the ledger knows nothing, of a quota what was committed") {
    Fixture given;
    CHECK(rule_of(given.explained(), Outcome::rate_limited).result == RuleResult::passed);
    ChangeKey change{.key = key_id(1),
                     .changed = 1U << static_cast<unsigned>(Setting::rate_limit) |
                                1U << static_cast<unsigned>(Setting::quota),
                     .settings = {}};
    change.settings.rate_limit = RateLimit{.limit = 1, .window = 1min};
    change.settings.quota = QuotaLimit{.limit = 2, .window = {}};
    const std::uint64_t changed = given.commit(change);
    const ExplainedRule rate = rule_of(given.explained(), Outcome::rate_limited);
    CHECK(rate.result == RuleResult::not_asked);
    CHECK(rate.detail == not_in_ledger);
    CHECK(rate.event == changed);
    CHECK(rule_of(given.explained(), Outcome::quota_exceeded).detail == "2");
    UseKey use = use_of(digest_of(1), 2);
    given.commit(use);
    CHECK(given.explained().code == Outcome::quota_exceeded);
    CHECK(given.explained(changed).code == Outcome::valid);
}

TEST_CASE("an older secret is told by the rotation that ends it first") {
    Fixture given;
    const Timestamp begin = given.history.clock.now();
    const std::uint64_t first = given.commit(RotateKey{key_id(1), digest_of(52), "hint", 2h});
    const std::uint64_t second = given.commit(RotateKey{key_id(1), digest_of(53), "hint", 1h});
    const auto by = [&](std::uint32_t version, Duration later) {
        const auto key = given.past.key_at(key_id(1), given.now());
        REQUIRE(key);
        return explain(given.past, *key, given.now(), begin + later, given.question, version);
    };
    REQUIRE(by(1, 30min));
    CHECK(by(1, 30min)->code == Outcome::valid);
    CHECK(by(1, 90min)->code == Outcome::revoked);
    CHECK(rule_of(*by(1, 90min), Outcome::revoked).event == second);
    CHECK(by(2, 90min)->code == Outcome::revoked);
    CHECK(rule_of(*by(2, 90min), Outcome::revoked).event == second);
    CHECK(by(3, 90min)->code == Outcome::valid);
    CHECK(by(3, 90min)->secret_version == 3);
    CHECK_FALSE(by(4, 0h));
    CHECK(first < second);
}

TEST_CASE("an explanation comes to what the check itself comes to") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    RandomHistory history(seed);
    const History past(history.log, history.tables.use_tail());
    std::mt19937_64 engine(seed);
    std::size_t valid = 0, denied = 0;
    for (int rounds = 0; rounds < 60; ++rounds) {
        history.steps(5);
        const std::uint64_t seq = history.tables.applied();
        for (const KeyEntry& entry : history.tables.keys()) {
            const KeyState& key = *entry.state.load();
            const std::vector<std::string_view> scopes{"leads:read"};
            Question question{.workspace = "w0",
                              .environment = {},
                              .scopes = scopes,
                              .resource = {},
                              .address = {}};
            if (draw(engine, 0, 1) == 0) question.resource = {"agent", "1"};
            const Timestamp at = history.clock.now() + draw(engine, -1, 500) * 1h;
            const WorkspaceDocument& document = entry.workspace.state.load()->document;
            const auto then = past.key_at(key.id, seq);
            REQUIRE(then);
            const auto explanation = explain(past, *then, seq, at, question);
            REQUIRE(explanation);
            const Outcome judged = judge(key, key.secrets.back(), document, question, at);
            const bool by_quota = explanation->code == Outcome::quota_exceeded;
            CHECK((by_quota ? Outcome::valid : explanation->code) == judged);
            (judged == Outcome::valid ? valid : denied) += 1;
        }
    }
    CHECK((valid > 0 && denied > 0));
}

}  // namespace keyledger
