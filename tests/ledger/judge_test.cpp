#include "ledger/rules/judge.hpp"

#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>

namespace keyledger {

namespace {

// A check that nothing stands against, until a test says what does.
struct Check {
    KeyState key;
    Secret secret;
    WorkspaceDocument workspace = document("acme");
    std::vector<std::string_view> scopes{"leads:read"};
    Question question;

    Check() {
        key.workspace = "acme";
        key.environment = "live";
        key.scopes = {"leads:read"};
        question.workspace = "acme";
        question.environment = "live";
    }
    Outcome judged(Timestamp now = noon) {
        question.scopes = scopes;
        return judge(key, secret, workspace, question, now);
    }
    Outcome asked_for(std::vector<std::string_view> wanted) {
        scopes = std::move(wanted);
        return judged();
    }
    Outcome from(std::optional<std::string_view> address) {
        question.address = address ? parse_address(*address) : std::nullopt;
        return judged();
    }
};

struct Fault {
    Outcome outcome;
    std::function<void(Check&)> plant;
};

// In the order of the contract.
const std::vector<Fault> faults{
    {Outcome::revoked, [](Check& check) { check.key.revoked_at = dawn; }},
    {Outcome::revoked, [](Check& check) { check.secret.valid_until = noon; }},
    {Outcome::suspended, [](Check& check) { check.key.suspended_at = dawn; }},
    {Outcome::pending, [](Check& check) { check.key.not_before = noon + Duration(1); }},
    {Outcome::expired, [](Check& check) { check.key.settings.expires_at = noon; }},
    {Outcome::wrong_workspace, [](Check& check) { check.question.workspace = "other"; }},
    {Outcome::wrong_environment, [](Check& check) { check.question.environment = "test"; }},
    {Outcome::ip_not_allowed,
     [](Check& check) { check.key.settings.allowed_ranges = {*parse_range("192.0.2.0/24")}; }},
    {Outcome::wrong_resource,
     [](Check& check) {
         check.key.resource = Resource{"agent", "agent_1"};
     }},
    {Outcome::insufficient_scope, [](Check& check) { check.scopes.push_back("leads:write"); }},
};

}  // namespace

TEST_CASE("a check that nothing stands against is valid") {
    CHECK(Check().judged() == Outcome::valid);
}

TEST_CASE("each fault is named, and of two the one that comes first in the contract") {
    for (std::size_t first = 0; first < faults.size(); ++first) {
        for (std::size_t second = first; second < faults.size(); ++second) {
            Check check;
            faults[second].plant(check);
            faults[first].plant(check);
            INFO("faults " << first << " and " << second);
            CHECK(check.judged() == faults[first].outcome);
        }
    }
}

TEST_CASE("with every fault at once, taking the first away shows the next") {
    for (std::size_t first = 0; first < faults.size(); ++first) {
        Check check;
        for (std::size_t i = first; i < faults.size(); ++i) faults[i].plant(check);
        CHECK(check.judged() == faults[first].outcome);
    }
}

TEST_CASE("a key works from its start, until before its expiry") {
    Check check;
    check.key.not_before = dawn;
    check.key.settings.expires_at = noon;
    CHECK(check.judged(dawn - Duration(1)) == Outcome::pending);
    CHECK(check.judged(dawn) == Outcome::valid);
    CHECK(check.judged(noon - Duration(1)) == Outcome::valid);
    CHECK(check.judged(noon) == Outcome::expired);
    CHECK(check.judged(noon + Duration(1)) == Outcome::expired);
}

TEST_CASE("an older secret works until its grace ends, and is revoked from then on") {
    Check check;
    check.secret.valid_until = noon;
    CHECK(check.judged(noon - Duration(1)) == Outcome::valid);
    CHECK(check.judged(noon) == Outcome::revoked);
}

TEST_CASE("what a question leaves out is not asked for") {
    Check check;
    check.question.workspace.reset();
    check.question.environment.reset();
    check.key.scopes.clear();
    CHECK(check.asked_for({}) == Outcome::valid);
}

TEST_CASE("every scope that is named is needed, and wildcards cover theirs alone") {
    Check check;
    check.key.scopes = {"agents:call", "leads:*"};
    CHECK(check.asked_for({"leads:read", "leads:write", "agents:call"}) == Outcome::valid);
    CHECK(check.asked_for({"leads:*"}) == Outcome::valid);
    CHECK(check.asked_for({"leads:read", "agents:list"}) == Outcome::insufficient_scope);
    CHECK(check.asked_for({"agents:*"}) == Outcome::insufficient_scope);
    CHECK(check.asked_for({"leads2:read"}) == Outcome::insufficient_scope);
    CHECK(check.asked_for({"*"}) == Outcome::insufficient_scope);
    check.key.scopes = {"*"};
    CHECK(check.asked_for({"leads:read", "agents:*", "*"}) == Outcome::valid);
}

TEST_CASE("a key without scopes grants nothing, or all where its workspace says so") {
    Check check;
    check.key.scopes.clear();
    CHECK(check.asked_for({"leads:read"}) == Outcome::insufficient_scope);
    check.workspace.empty_scopes = EmptyScopes::all;
    CHECK(check.asked_for({"leads:read", "*"}) == Outcome::valid);
    // It is about empty lists alone.
    check.key.scopes = {"leads:read"};
    CHECK(check.asked_for({"leads:write"}) == Outcome::insufficient_scope);
}

TEST_CASE("missing scopes are those that the key does not grant, in the order asked for") {
    Check check;
    check.key.scopes = {"leads:*"};
    const std::vector<std::string_view> wanted{"calls:read", "leads:read", "agents:*"};
    CHECK(missing_scopes(check.key, check.workspace, wanted) ==
          std::vector<std::string_view>{"calls:read", "agents:*"});
    check.key.scopes.clear();
    CHECK(missing_scopes(check.key, check.workspace, wanted) == wanted);
    check.workspace.empty_scopes = EmptyScopes::all;
    CHECK(missing_scopes(check.key, check.workspace, wanted).empty());
}

TEST_CASE("a key with allowed addresses works from them, and not from an unknown one") {
    Check check;
    CHECK(check.from(std::nullopt) == Outcome::valid);
    check.key.settings.allowed_ranges = {*parse_range("192.0.2.0/24"), *parse_range("2001:db8::1")};
    CHECK(check.from("192.0.2.77") == Outcome::valid);
    CHECK(check.from("::ffff:192.0.2.77") == Outcome::valid);
    CHECK(check.from("2001:db8::1") == Outcome::valid);
    CHECK(check.from("192.0.3.0") == Outcome::ip_not_allowed);
    CHECK(check.from("2001:db8::2") == Outcome::ip_not_allowed);
    CHECK(check.from(std::nullopt) == Outcome::ip_not_allowed);
}

TEST_CASE("a bound key works for its own resource alone, and for no question without one") {
    Check check;
    check.question.resource = {"agent", "agent_1"};
    CHECK(check.judged() == Outcome::valid);
    check.key.resource = Resource{"agent", "agent_1"};
    CHECK(check.judged() == Outcome::valid);
    check.question.resource = {"agent", "agent_10"};
    CHECK(check.judged() == Outcome::wrong_resource);
    check.question.resource = {"team", "agent_1"};
    CHECK(check.judged() == Outcome::wrong_resource);
    check.question.resource.reset();
    CHECK(check.judged() == Outcome::wrong_resource);
}

TEST_CASE("a key's own rate limit goes before that of its environment") {
    Check check;
    CHECK(effective_rate_limit(check.key, check.workspace) == nullptr);
    const RateLimit of_live{.limit = 300, .window = std::chrono::minutes(1)};
    check.workspace.environments[0].rate_limit = of_live;
    REQUIRE(effective_rate_limit(check.key, check.workspace));
    CHECK((*effective_rate_limit(check.key, check.workspace) == of_live));
    const RateLimit own{.limit = 9, .window = std::chrono::hours(1)};
    check.key.settings.rate_limit = own;
    CHECK((*effective_rate_limit(check.key, check.workspace) == own));
    check.key.settings.rate_limit.reset();
    check.key.environment = "test";
    CHECK(effective_rate_limit(check.key, check.workspace) == nullptr);
    check.key.environment = "gone";
    CHECK(effective_rate_limit(check.key, check.workspace) == nullptr);
}

}  // namespace keyledger
