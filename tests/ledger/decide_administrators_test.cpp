// Who may touch the keys of `system`, and how the last that can administer is kept.

#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

#include <functional>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t bit(Setting setting) {
    return 1U << static_cast<unsigned>(setting);
}

const std::string sys(system_slug);

ChangeKey change(std::uint32_t number, Setting setting, KeySettings settings) {
    return {.key = key_id(number), .changed = bit(setting), .settings = std::move(settings)};
}

KeySettings expiring() {
    KeySettings settings;
    settings.expires_at = noon + 24h;
    return settings;
}

KeySettings from_one_address() {
    KeySettings settings;
    settings.allowed_ranges = {*parse_range("192.0.2.1")};
    return settings;
}

KeySettings with_quota() {
    KeySettings settings;
    settings.quota = QuotaLimit{.limit = 1'000'000, .window = std::nullopt};
    return settings;
}

RevokeKeys revoke_all(std::vector<KeyId> keys) {
    return {.workspace = sys, .owner = {}, .keys = std::move(keys)};
}

// Everything that could take administration from key 1.
std::vector<Command> removals() {
    return {RevokeKey{key_id(1)},
            SuspendKey{key_id(1)},
            ScopeKey{.key = key_id(1), .scopes = {"keys:read", "workspaces:*"}},
            ScopeKey{.key = key_id(1), .scopes = {}, .all = true},
            change(1, Setting::expires_at, expiring()),
            change(1, Setting::allowed_ranges, from_one_address()),
            change(1, Setting::quota, with_quota()),
            revoke_all({key_id(1)})};
}

Submission forced(Command command) {
    Submission submission = asked(std::move(command));
    submission.force = true;
    return submission;
}

CreateKey with_settings(std::uint32_t number, KeySettings settings) {
    CreateKey command = new_admin(number);
    command.settings = std::move(settings);
    return command;
}

// Keys of `system` that can not stand in for the last administrator.
std::vector<std::vector<Draft>> no_substitutes() {
    CreateKey pending = new_admin(2);
    pending.not_before = noon + Duration(1);
    CreateKey expired = with_settings(2, expiring());
    expired.settings.expires_at = noon;
    CreateKey bound = new_admin(2);
    bound.resource = Resource{"workspace", "acme"};
    return {{made(new_admin(2, {"keys:read", "workspaces:*"}))},
            {made(new_admin(2, {}))},
            {made(pending)},
            {made(expired)},
            {made(bound)},
            {made(with_settings(2, expiring()))},
            {made(with_settings(2, from_one_address()))},
            {made(with_settings(2, with_quota()))},
            {made(new_admin(2)), of_key(2, KeySuspended{key_id(2)}, sys)},
            {made(new_admin(2)), of_key(2, KeyRevoked{key_id(2)}, sys)},
            {made(document("acme")), made(new_key(2, "acme")),
             of_key(2, KeyScoped{key_id(2), {"leads:read"}, {"*"}})}};
}

}  // namespace

TEST_CASE("the last administrator can be neither removed nor limited") {
    for (const Command& command : removals()) {
        INFO("command " << command.index());
        given(made(document(sys)), made(new_admin(1)))
            .when(command)
            .then(Rejection{Refusal::last_administrator});
    }
}

TEST_CASE("the last administrator can be removed and limited by who insists") {
    for (const Command& command : removals()) {
        INFO("command " << command.index());
        const Then then = given(made(document(sys)), made(new_admin(1))).when(forced(command));
        REQUIRE(then.result());
        CHECK(then.result()->events.size() == 1);
    }
}

TEST_CASE("an administrator can be removed and limited while another is left") {
    for (const Command& command : removals()) {
        INFO("command " << command.index());
        const Then then =
            given(made(document(sys)), made(new_admin(1)), made(new_admin(2, {"keys:write"})))
                .when(command);
        REQUIRE(then.result());
        CHECK(then.result()->events.size() == 1);
    }
}

TEST_CASE("no key that may fail to administer one day stands in for the last that can") {
    for (const std::vector<Draft>& others : no_substitutes()) {
        std::vector<Draft> facts{made(document(sys)), made(new_admin(1))};
        facts.insert(facts.end(), others.begin(), others.end());
        INFO("case " << &others - no_substitutes().data());
        Given(facts).when(RevokeKey{key_id(1)}).then(Refusal::last_administrator);
        Given(facts)
            .when(change(1, Setting::allowed_ranges, from_one_address()))
            .then(Refusal::last_administrator);
    }
}

TEST_CASE("two administrators can't be limited or removed one after the other") {
    for (const Command& first : removals()) {
        for (const Command& then : removals()) {
            INFO("commands " << first.index() << ", " << then.index());
            Given ledger = given(made(document(sys)), made(new_admin(1)), made(new_admin(2)));
            REQUIRE(ledger.when(first).result());
            ledger.when(RevokeKey{key_id(2)}).then(Refusal::last_administrator);
            ledger.when(SuspendKey{key_id(2)}).then(Refusal::last_administrator);
        }
    }
}

TEST_CASE("where all administrators are limited, the last of them is kept too") {
    Given ledger = given(made(document(sys)), made(with_settings(1, from_one_address())),
                         made(with_settings(2, expiring())));
    REQUIRE(ledger.when(RevokeKey{key_id(2)}).result());
    ledger.when(RevokeKey{key_id(1)}).then(Refusal::last_administrator);
    ledger.when(change(1, Setting::expires_at, expiring())).then(Refusal::last_administrator);
    // To free it takes nothing away.
    CHECK(ledger.when(change(1, Setting::allowed_ranges, {})).result()->events.size() == 1);
}

TEST_CASE("what does not take administration away needs no second administrator") {
    CreateKey limited = with_settings(1, from_one_address());
    limited.settings.expires_at = noon + 24h;
    KeySettings named;
    named.name = "root";
    Given ledger = given(made(document(sys)), made(limited));
    CHECK(ledger.when(change(1, Setting::name, named)).result()->events.size() == 1);
    CHECK(ledger.when(change(1, Setting::expires_at, {})).result()->events.size() == 1);
    CHECK(ledger.when(ScopeKey{.key = key_id(1), .scopes = {"keys:*"}}).result()->events.size() ==
          1);
    CHECK(ledger.when(RotateKey{.key = key_id(1), .digest = digest_of(2), .hint = ""})
              .result()
              ->events.size() == 1);
}

TEST_CASE("common keys come and go without an administrator's leave") {
    Given ledger = given(made(document("acme")), made(new_key(1)), made(new_key(2)));
    ledger.when(SuspendKey{key_id(1)}).then(KeySuspended{key_id(1)});
    ledger.when(RevokeDigests{{digest_of(1), digest_of(2)}})
        .then(KeyRevoked{key_id(1)}, KeyRevoked{key_id(2)});
}

TEST_CASE("revoking many is refused whole where the last administrator is among them") {
    Given ledger = given(made(document(sys)), made(new_admin(1)), made(new_admin(2)),
                         made(new_admin(3, {"keys:read"})));
    ledger.when(revoke_all({key_id(1), key_id(2), key_id(3)})).then(Refusal::last_administrator);
    ledger.when(revoke_all({key_id(1), key_id(3)}))
        .then(KeyRevoked{key_id(1)}, KeyRevoked{key_id(3)});
    ledger.when(revoke_all({key_id(1), key_id(3)})).then_nothing();
}

TEST_CASE("of leaked tokens that open all administrators, the last one's is refused alone") {
    using Kind = DigestResult::Kind;
    const RevokeDigests leaked{{digest_of(1), digest_of(3), digest_of(2), digest_of(4)}};
    const auto facts = [] {
        return given(made(document(sys)), made(document("acme")), made(new_admin(1)),
                     made(new_admin(2)), made(new_admin(3, {"keys:read"})), made(new_key(4)));
    };
    Given ledger = facts();
    const Then kept = ledger.when(leaked);
    kept.then(KeyRevoked{key_id(1)}, KeyRevoked{key_id(3)}, KeyRevoked{key_id(4)});
    CHECK((kept.result()->digests == std::vector<DigestResult>{{Kind::revoked, key_id(1)},
                                                               {Kind::revoked, key_id(3)},
                                                               {Kind::refused, key_id(2)},
                                                               {Kind::revoked, key_id(4)}}));
    Given insisting = facts();
    CHECK(insisting.when(forced(leaked)).result()->events.size() == 4);
}

TEST_CASE("on system a caller grants nothing beyond its own scopes") {
    const Authority lesser = authority(2, {"keys:write", "workspaces:*"});
    const auto facts = [] { return given(made(document(sys)), made(new_admin(1))); };
    for (const char* beyond : {"*", "keys:*", "keys:read", "events:read"}) {
        CreateKey command = new_admin(3, {"workspaces:read", beyond});
        facts()
            .when(asked_by(lesser, command))
            .then(Rejection{Refusal::beyond_authority, "/scopes", {beyond}});
        facts()
            .when(asked_by(lesser, ImportKeys{.workspace = sys, .keys = {command}}))
            .then(Rejection{Refusal::beyond_authority, "/items/0/scopes", {beyond}});
        Given scoped = given(made(document(sys)), made(new_admin(3, {"keys:write"})));
        scoped.when(asked_by(lesser, ScopeKey{.key = key_id(3), .scopes = {beyond}}))
            .then(Rejection{Refusal::beyond_authority, "/scopes", {beyond}});
    }
    const CreateKey equal = new_admin(3, {"keys:write", "workspaces:*", "workspaces:read"});
    CHECK(facts().when(asked_by(lesser, equal)).result());
    CHECK(facts().when(asked_by(authority(1, {"*"}), new_admin(3, {"*"}))).result());
}

TEST_CASE("on system a caller touches no key that may more than itself") {
    const Authority lesser = authority(2, {"keys:write"});
    KeySettings named;
    named.name = "mine";
    const std::vector<Command> commands{
        ScopeKey{.key = key_id(1), .scopes = {"keys:write"}},
        change(1, Setting::name, named),
        RotateKey{.key = key_id(1), .digest = digest_of(9), .hint = ""},
        SuspendKey{key_id(1)},
        ResumeKey{key_id(1)},
        RevokeKey{key_id(1)},
        revoke_all({key_id(1)})};
    for (const Command& command : commands) {
        INFO("command " << command.index());
        Given ledger = given(made(document(sys)), made(new_admin(1, {"events:read", "keys:write"})),
                             made(new_admin(2, {"keys:write"})), made(new_admin(3)));
        Submission insisting = asked_by(lesser, command);
        insisting.force = true;
        ledger.when(insisting).then(Rejection{Refusal::beyond_authority, "", {"events:read"}});
        CHECK(ledger.when(asked_by(authority(4, {"keys:write", "events:*"}), command)).result());
    }
}

TEST_CASE("in other workspaces a caller's own scopes set no bounds") {
    const Authority lesser = authority(2, {"keys:write"});
    Given ledger = given(made(document(sys)), made(document("acme")));
    CreateKey command = new_key(1);
    command.scopes = {"*"};
    CHECK(ledger.when(asked_by(lesser, command)).result());
    CHECK(ledger.when(asked_by(lesser, RevokeKey{key_id(1)})).result());
}

TEST_CASE("a bound administrator reaches its own workspace alone, and system never") {
    const Authority bound = bound_authority(5, "acme");
    WorkspaceDocument renamed = document("other");
    renamed.name = "Mine";
    WorkspaceDocument renamed_system = document(sys);
    renamed_system.name = "Mine";
    const std::vector<Command> foreign{
        CreateWorkspace{document("new")},
        ChangeWorkspace{renamed, 1},
        ChangeWorkspace{renamed_system, 1},
        new_key(9, "other"),
        new_admin(9, {}),
        ScopeKey{.key = key_id(2), .scopes = {}},
        change(2, Setting::name, {}),
        RotateKey{.key = key_id(2), .digest = digest_of(9), .hint = ""},
        SuspendKey{key_id(2)},
        ResumeKey{key_id(2)},
        RevokeKey{key_id(2)},
        RevokeKey{key_id(3)},
        RevokeKeys{.workspace = "other", .owner = "ana", .keys = {}},
        revoke_all({})};
    for (const Command& command : foreign) {
        INFO("command " << command.index());
        given(made(document(sys)), made(document("acme")), made(document("other")),
              made(new_key(2, "other")), made(new_admin(3, {})))
            .when(asked_by(bound, command))
            .then(Rejection{Refusal::beyond_authority});
    }
    given(made(document(sys)), made(document("other")))
        .when(asked_by(bound, ImportKeys{.workspace = "other", .keys = {new_key(9, "other")}}))
        .then(Rejection{Refusal::beyond_authority, "/items/0"});
}

TEST_CASE("a bound administrator does in its workspace what any other does") {
    const Authority bound = bound_authority(5, "acme");
    Given ledger = given(made(document(sys)), made(document("acme")), made(document("other")),
                         made(new_key(2, "other")));
    WorkspaceDocument renamed = document("acme");
    renamed.name = "Mine";
    CHECK(ledger.when(asked_by(bound, ChangeWorkspace{renamed, 1})).result());
    CHECK(ledger.when(asked_by(bound, new_key(1))).result());
    CHECK(ledger.when(asked_by(bound, SuspendKey{key_id(1)})).result());
    // It does not learn whether a token opens another workspace's key, which goes on working.
    const Then leaked = ledger.when(asked_by(bound, RevokeDigests{{digest_of(2), digest_of(1)}}));
    leaked.then(KeyRevoked{key_id(1)});
    CHECK((leaked.result()->digests ==
           std::vector<DigestResult>{{DigestResult::Kind::unknown, {}},
                                     {DigestResult::Kind::revoked, key_id(1)}}));
}

TEST_CASE("who holds a token may revoke its key, whatever that key may") {
    given(made(document(sys)), made(new_admin(1)), made(new_admin(2)))
        .when(asked_by(authority(3, {"keys:write"}), RevokeDigests{{digest_of(1)}}))
        .then(KeyRevoked{key_id(1)});
}

}  // namespace keyledger
