#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t bit(Setting setting) {
    return 1U << static_cast<unsigned>(setting);
}

ChangeKey change(std::uint32_t number, std::uint32_t changed, KeySettings settings) {
    return {.key = key_id(number), .changed = changed, .settings = std::move(settings)};
}

RotateKey rotate(std::uint32_t number, std::uint32_t token, Duration grace = {}) {
    return {.key = key_id(number), .digest = digest_of(token), .hint = "Hint", .grace = grace};
}

WorkspaceDocument where_empty_means_all() {
    WorkspaceDocument workspace = document("acme");
    workspace.empty_scopes = EmptyScopes::all;
    return workspace;
}

WorkspaceDocument with_catalogue() {
    WorkspaceDocument workspace = document("acme");
    workspace.scopes = {{"leads:read", ""}, {"leads:write", ""}};
    return workspace;
}

Submission matching(std::uint64_t revision, Command command) {
    Submission submission = asked(std::move(command));
    submission.if_match = revision;
    return submission;
}

}  // namespace

TEST_CASE("creating a key states all of it, its scopes in order and each once") {
    CreateKey command = new_key(1);
    command.settings.owner = "ana@example.com";
    command.settings.quota = QuotaLimit{.limit = 5, .window = 24h};
    command.scopes = {"leads:write", "leads:read", "leads:write"};
    command.resource = Resource{"agent", "agent_1"};
    command.not_before = noon;
    CreateKey stated_key = command;
    stated_key.scopes = {"leads:read", "leads:write"};
    given(made(document("acme"))).when(command).then(made(stated_key).body);
}

TEST_CASE("a key is made only in a workspace, and an environment of it, that exist") {
    CreateKey command = new_key(1);
    given().when(command).then(Rejection{Refusal::workspace_not_found, "", {"acme"}});
    // What is not there is not repeated: it may be a token that was put in the wrong place.
    command.environment = "production";
    given(made(document("acme")))
        .when(command)
        .then(Rejection{Refusal::unknown_environment, "/environment"});
}

TEST_CASE("a key is given only scopes of its workspace's catalogue") {
    CreateKey command = new_key(1);
    command.scopes = {"leads:*", "leads:read", "calls:read"};
    given(made(with_catalogue()))
        .when(command)
        .then(Rejection{Refusal::scope_not_in_catalogue, "/scopes/2", {"calls:read"}});
    given(made(with_catalogue()), made(new_key(1)))
        .when(ScopeKey{.key = key_id(1), .scopes = {"leads:write", "calls:*"}})
        .then(Rejection{Refusal::scope_not_in_catalogue, "/scopes/1", {"calls:*"}});
}

TEST_CASE("a key may have expired when it is made, but not before it starts") {
    CreateKey command = new_key(1);
    command.settings.expires_at = dawn;
    given(made(document("acme"))).when(command).then(made(command).body);
    command.not_before = dawn;
    given(made(document("acme")))
        .when(command)
        .then(Rejection{Refusal::expiry_before_start, "/expiresAt"});
    command.not_before = dawn - Duration(1);
    given(made(document("acme"))).when(command).then(made(command).body);
}

TEST_CASE("no two keys have one digest, not even that of an ended secret or of a revoked key") {
    CreateKey command = new_key(2);
    command.digest = digest_of(1);
    const Rejection taken{Refusal::digest_taken, "/digest"};
    given(made(document("acme")), made(new_key(1))).when(command).then(taken);
    given(made(document("acme")), made(document("other")), made(new_key(1, "other")),
          of_key(1, KeyRevoked{key_id(1)}, "other"))
        .when(command)
        .then(taken);
    given(made(document("acme")), made(new_key(1)), made(new_key(3)))
        .when(rotate(1, 3))
        .then(Refusal::digest_taken);
    given(made(document("acme")), made(new_key(1))).when(rotate(1, 1)).then(Refusal::digest_taken);
}

TEST_CASE("scoping a key states the old scopes and the new ones") {
    given(made(document("acme")), made(new_key(1)))
        .when(ScopeKey{.key = key_id(1), .scopes = {"leads:write", "calls:*", "calls:*"}})
        .then(KeyScoped{key_id(1), {"leads:read"}, {"calls:*", "leads:write"}});
}

TEST_CASE("scoping a key to what it has is no event") {
    given(made(document("acme")), made(new_key(1)))
        .when(ScopeKey{.key = key_id(1), .scopes = {"leads:read", "leads:read"}})
        .then_nothing();
}

TEST_CASE("removing the last scope must not grant everything") {
    const ScopeKey none{.key = key_id(1), .scopes = {}};
    const ScopeKey all{.key = key_id(1), .scopes = {}, .all = true};
    const KeyScoped emptied{key_id(1), {"leads:read"}, {}};
    given(made(document("acme")), made(new_key(1))).when(none).then(emptied);
    given(made(where_empty_means_all()), made(new_key(1)))
        .when(none)
        .then(Rejection{Refusal::scopes_would_grant_all, "/scopes"});
    given(made(where_empty_means_all()), made(new_key(1))).when(all).then(emptied);
    // Some scopes never mean all, whatever is said beside them.
    given(made(where_empty_means_all()), made(new_key(1)))
        .when(ScopeKey{.key = key_id(1), .scopes = {"a:b"}, .all = true})
        .then(KeyScoped{key_id(1), {"leads:read"}, {"a:b"}});
}

TEST_CASE("changing a key states, old and new, only what really differs") {
    CreateKey before = new_key(1);
    before.settings.owner = "ana@example.com";
    before.settings.rate_limit = RateLimit{.limit = 5, .window = 1min};
    KeySettings patch = before.settings;
    patch.owner = "";
    patch.rate_limit.reset();
    patch.expires_at = noon;  // not named by the patch
    KeyChanged changed{.key = key_id(1), .changed = 0, .before = {}, .after = {}};
    changed.changed = bit(Setting::owner) | bit(Setting::rate_limit);
    changed.before.owner = "ana@example.com";
    changed.before.rate_limit = before.settings.rate_limit;
    given(made(document("acme")), made(before))
        .when(change(1, bit(Setting::name) | bit(Setting::owner) | bit(Setting::rate_limit), patch))
        .then(changed);
}

TEST_CASE("each setting can be changed, and cleared") {
    KeySettings full;
    full.name = "billing";
    full.owner = "ana@example.com";
    full.metadata = R"({"team":"billing"})";
    full.expires_at = noon + 24h;
    full.rate_limit = RateLimit{.limit = 5, .window = 1min};
    full.quota = QuotaLimit{.limit = 9, .window = std::nullopt};
    full.allowed_ranges = {*parse_range("192.0.2.0/24")};
    const std::uint32_t all = (1U << settings_count) - 1;
    Given ledger = given(made(document("acme")), made(new_key(1)));
    CHECK(ledger.when(change(1, all, full)).result()->events.size() == 1);
    CHECK((ledger.ledger().view.keys.at(key_id(1)).settings == full));
    CHECK(ledger.when(change(1, all, full)).result()->events.empty());
    CHECK(ledger.when(change(1, all, KeySettings{})).result()->events.size() == 1);
    CHECK((ledger.ledger().view.keys.at(key_id(1)).settings == KeySettings{}));
}

TEST_CASE("a key's expiry may be moved to the past, but not before its start") {
    CreateKey command = new_key(1);
    command.not_before = dawn - 1h;
    KeySettings patch;
    patch.expires_at = dawn - 1h;
    Given ledger = given(made(document("acme")), made(command));
    ledger.when(change(1, bit(Setting::expires_at), patch))
        .then(Rejection{Refusal::expiry_before_start, "/expiresAt"});
    patch.expires_at = dawn - 1h + Duration(1);
    CHECK(ledger.when(change(1, bit(Setting::expires_at), patch)).result());
    CHECK(status_of(ledger.ledger().view.keys.at(key_id(1)), noon) == KeyStatus::expired);
}

TEST_CASE("rotating a key adds a version, and says until when the older ones work") {
    given(made(document("acme")), made(new_key(1)))
        .when(rotate(1, 2, 15min), noon)
        .then(KeyRotated{key_id(1), 2, digest_of(2), "Hint", noon + 15min});
    given(made(document("acme")), made(new_key(1)),
          of_key(1, KeyRotated{key_id(1), 2, digest_of(2), "", noon}))
        .when(rotate(1, 3), noon)
        .then(KeyRotated{key_id(1), 3, digest_of(3), "Hint", noon});
}

TEST_CASE("a key that is suspended or expired can still be changed") {
    CreateKey expired = new_key(1);
    expired.settings.expires_at = dawn;
    Given ledger = given(made(document("acme")), made(expired), of_key(1, KeySuspended{key_id(1)}));
    KeySettings patch;
    patch.name = "late";
    CHECK(ledger.when(rotate(1, 2)).result()->events.size() == 1);
    CHECK(ledger.when(change(1, bit(Setting::name), patch)).result()->events.size() == 1);
    CHECK(ledger.when(ScopeKey{.key = key_id(1), .scopes = {}}).result()->events.size() == 1);
    ledger.when(ResumeKey{key_id(1)}).then(KeyResumed{key_id(1)});
}

TEST_CASE("suspending twice, resuming twice and revoking twice is no event") {
    Given ledger = given(made(document("acme")), made(new_key(1)));
    ledger.when(ResumeKey{key_id(1)}).then_nothing();
    ledger.when(SuspendKey{key_id(1)}).then(KeySuspended{key_id(1)});
    ledger.when(SuspendKey{key_id(1)}).then_nothing();
    ledger.when(ResumeKey{key_id(1)}).then(KeyResumed{key_id(1)});
    ledger.when(ResumeKey{key_id(1)}).then_nothing();
    ledger.when(RevokeKey{key_id(1)}).then(KeyRevoked{key_id(1)});
    ledger.when(RevokeKey{key_id(1)}).then_nothing();
}

TEST_CASE("a suspended key can be revoked, and nothing changes a revoked one") {
    Given ledger =
        given(made(document("acme")), made(new_key(1)), of_key(1, KeySuspended{key_id(1)}));
    ledger.when(RevokeKey{key_id(1)}).then(KeyRevoked{key_id(1)});
    const Rejection revoked{Refusal::key_revoked, "", {to_text(key_id(1))}};
    KeySettings patch;
    patch.name = "late";
    ledger.when(ResumeKey{key_id(1)}).then(revoked);
    ledger.when(SuspendKey{key_id(1)}).then(revoked);
    ledger.when(rotate(1, 2)).then(revoked);
    ledger.when(ScopeKey{.key = key_id(1), .scopes = {"*"}}).then(revoked);
    ledger.when(change(1, bit(Setting::name), patch)).then(revoked);
}

TEST_CASE("what speaks of a key that does not exist is refused") {
    Given ledger = given(made(document("acme")), made(new_key(1)));
    const Rejection nobody{Refusal::key_not_found, "", {to_text(key_id(9))}};
    ledger.when(ScopeKey{.key = key_id(9), .scopes = {}}).then(nobody);
    ledger.when(change(9, bit(Setting::name), {})).then(nobody);
    ledger.when(rotate(9, 2)).then(nobody);
    ledger.when(SuspendKey{key_id(9)}).then(nobody);
    ledger.when(ResumeKey{key_id(9)}).then(nobody);
    ledger.when(RevokeKey{key_id(9)}).then(nobody);
}

TEST_CASE("a change that names another revision than the key's is refused, a repeat too") {
    const std::vector<Command> commands{ScopeKey{.key = key_id(1), .scopes = {}},
                                        change(1, bit(Setting::owner), {}),
                                        rotate(1, 2),
                                        SuspendKey{key_id(1)},
                                        ResumeKey{key_id(1)},
                                        RevokeKey{key_id(1)}};
    CreateKey owned = new_key(1);
    owned.settings.owner = "ana@example.com";
    for (const Command& command : commands) {
        INFO("command " << command.index());
        // Two life-cycle events so far; the use between them does not count.
        Given ledger = given(made(document("acme")), made(owned));
        UseKey use;
        use.digest = digest_of(1);
        REQUIRE(ledger.when(use).result()->events.size() == 1);
        if (!std::holds_alternative<SuspendKey>(command)) {
            ledger.and_given(noon, of_key(1, KeySuspended{key_id(1)}));
        } else {
            ledger.and_given(noon, of_key(1, KeyScoped{key_id(1), {"leads:read"}, {"a:b"}}));
        }
        ledger.when(matching(1, command)).then(Refusal::stale_revision);
        ledger.when(matching(3, command)).then(Refusal::stale_revision);
        CHECK(ledger.when(matching(2, command)).result()->events.size() == 1);
        ledger.when(matching(2, command)).then(Refusal::stale_revision);
    }
}

TEST_CASE("revoking by owner takes those that live, in order, and leaves other workspaces alone") {
    std::vector<Draft> facts{made(document("acme")), made(document("other"))};
    for (const std::uint32_t number : {4U, 2U, 3U, 5U, 6U}) {
        CreateKey command = new_key(number, number == 5 ? "other" : "acme");
        command.settings.owner = number == 6 ? "bob" : "ana";
        facts.push_back(made(command));
    }
    facts.push_back(of_key(3, KeyRevoked{key_id(3)}));
    Given(facts)
        .when(RevokeKeys{.workspace = "acme", .owner = "ana", .keys = {}})
        .then(KeyRevoked{key_id(2)}, KeyRevoked{key_id(4)});
    Given(facts)
        .when(RevokeKeys{.workspace = "acme", .owner = "nobody", .keys = {}})
        .then_nothing();
}

TEST_CASE("an empty owner is nobody: keys without an owner are not revoked by it") {
    given(made(document("acme")), made(new_key(1)))
        .when(RevokeKeys{.workspace = "acme", .owner = "", .keys = {}})
        .then_nothing();
}

TEST_CASE("revoking by id takes each named key once, and is refused whole if one is not there") {
    Given ledger = given(made(document("acme")), made(document("other")), made(new_key(1)),
                         made(new_key(2)), made(new_key(3, "other")));
    const auto ids = [](std::vector<KeyId> keys) {
        return RevokeKeys{.workspace = "acme", .owner = {}, .keys = std::move(keys)};
    };
    ledger.when(ids({key_id(1), key_id(9)}))
        .then(Rejection{Refusal::key_not_found, "/ids/1", {to_text(key_id(9))}});
    ledger.when(ids({key_id(3)}))
        .then(Rejection{Refusal::key_not_found, "/ids/0", {to_text(key_id(3))}});
    ledger.when(ids({key_id(2), key_id(1), key_id(2)}))
        .then(KeyRevoked{key_id(1)}, KeyRevoked{key_id(2)});
    ledger.when(ids({key_id(2), key_id(1)})).then_nothing();
    ledger.when(RevokeKeys{.workspace = "gone", .owner = "ana", .keys = {}})
        .then(Rejection{Refusal::workspace_not_found, "", {"gone"}});
}

}  // namespace keyledger
