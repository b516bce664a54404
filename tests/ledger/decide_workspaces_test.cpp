#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

#include <functional>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

WorkspaceDocument renamed(std::string slug) {
    WorkspaceDocument after = document(std::move(slug));
    after.name = "Acme Industries";
    return after;
}

WorkspaceDocument without_test() {
    WorkspaceDocument after = document("acme");
    after.environments.pop_back();
    return after;
}

CreateKey in_test(std::uint32_t number) {
    CreateKey command = new_key(number);
    command.environment = "test";
    return command;
}

}  // namespace

TEST_CASE("creating a workspace states its document") {
    given().when(CreateWorkspace{document("acme")}).then(WorkspaceCreated{document("acme")});
}

TEST_CASE("two workspaces share a prefix but no slug") {
    given(made(document("acme")))
        .when(CreateWorkspace{document("acme")})
        .then(Rejection{Refusal::slug_taken, "/slug", {"acme"}});
    given(made(document("acme")))
        .when(CreateWorkspace{document("other")})
        .then(WorkspaceCreated{document("other")});
}

TEST_CASE("changing a workspace states the old document and the new one") {
    given(made(document("acme")))
        .when(ChangeWorkspace{renamed("acme"), 1})
        .then(WorkspaceChanged{document("acme"), renamed("acme")});
}

TEST_CASE("changing a workspace to what it is, is no event") {
    given(made(document("acme"))).when(ChangeWorkspace{document("acme"), 1}).then_nothing();
}

TEST_CASE("a workspace that does not exist can't be changed") {
    given()
        .when(ChangeWorkspace{document("acme"), 0})
        .then(Rejection{Refusal::workspace_not_found, "", {"acme"}});
}

TEST_CASE("a change that was merged with an older document is refused, and can be merged again") {
    Given ledger = given(made(document("acme")));
    REQUIRE(ledger.when(ChangeWorkspace{renamed("acme"), 1}).result());
    ledger.when(ChangeWorkspace{document("acme"), 1}).then(Refusal::stale_revision);
    ledger.when(ChangeWorkspace{document("acme"), 3}).then(Refusal::stale_revision);
    ledger.when(ChangeWorkspace{document("acme"), 2})
        .then(WorkspaceChanged{renamed("acme"), document("acme")});
}

TEST_CASE("a change of a workspace that names another revision is refused") {
    Given ledger = given(made(document("acme")));
    Submission submission = asked(ChangeWorkspace{renamed("acme"), 1});
    submission.if_match = 2;
    ledger.when(submission).then(Refusal::stale_revision);
    submission.if_match = 1;
    CHECK(ledger.when(submission).result());
}

TEST_CASE("the keys of a workspace do not make its revision stale") {
    Given ledger = given(made(document("acme")), made(new_key(1)), made(document("other")));
    ledger.when(ChangeWorkspace{renamed("acme"), 1})
        .then(WorkspaceChanged{document("acme"), renamed("acme")});
    CHECK(ledger.ledger().view.workspaces.at("acme").revision == 2);
    CHECK(ledger.ledger().view.workspaces.at("other").revision == 1);
}

TEST_CASE("an environment that keys stand in can't be dropped, but one without can") {
    const Rejection in_use{Refusal::environment_in_use, "/environments", {"test"}};
    const ChangeWorkspace drop{without_test(), 1};
    given(made(document("acme")), made(new_key(1)))
        .when(drop)
        .then(WorkspaceChanged{document("acme"), without_test()});
    given(made(document("acme")), made(in_test(1))).when(drop).then(in_use);
    given(made(document("acme")), made(in_test(1)), of_key(1, KeySuspended{key_id(1)}))
        .when(drop)
        .then(in_use);
    CreateKey expired = in_test(1);
    expired.settings.expires_at = dawn;
    given(made(document("acme")), made(expired)).when(drop).then(in_use);
    given(made(document("acme")), made(in_test(1)), of_key(1, KeyRevoked{key_id(1)}))
        .when(drop)
        .then(WorkspaceChanged{document("acme"), without_test()});
    // Another workspace's keys are none of its own.
    given(made(document("acme")), made(document("other")),
          [] {
              CreateKey other = in_test(1);
              other.workspace = "other";
              return made(other);
          }())
        .when(drop)
        .then(WorkspaceChanged{document("acme"), without_test()});
}

TEST_CASE("an environment with keys may change its tag and its limit") {
    WorkspaceDocument after = document("acme");
    after.environments[0].tag = "prod";
    after.environments[0].rate_limit = RateLimit{.limit = 300, .window = 1min};
    given(made(document("acme")), made(new_key(1)))
        .when(ChangeWorkspace{after, 1})
        .then(WorkspaceChanged{document("acme"), after});
}

TEST_CASE("of system only its name and its language can be changed") {
    const std::string sys(system_slug);
    WorkspaceDocument after = renamed(sys);
    after.locale = Locale::es;
    given(made(document(sys)))
        .when(ChangeWorkspace{after, 1})
        .then(WorkspaceChanged{document(sys), after});
    const std::vector<std::function<void(WorkspaceDocument&)>> changes{
        [](WorkspaceDocument& changed) { changed.prefix = "x"; },
        [](WorkspaceDocument& changed) {
            changed.environments.push_back({"dev", "dev", {}});
        },
        [](WorkspaceDocument& changed) {
            changed.environments[0].rate_limit = RateLimit{.limit = 1, .window = 1min};
        },
        [](WorkspaceDocument& changed) {
            changed.scopes = {{"leads:read", ""}};
        },
        [](WorkspaceDocument& changed) { changed.empty_scopes = EmptyScopes::all; },
        [](WorkspaceDocument& changed) { changed.on_stale = OnStale::serve; },
        [](WorkspaceDocument& changed) { changed.errors.emplace(); },
    };
    for (const auto& change : changes) {
        WorkspaceDocument changed = after;
        change(changed);
        given(made(document(sys)))
            .when(ChangeWorkspace{changed, 1})
            .then(Rejection{Refusal::workspace_reserved});
    }
}

TEST_CASE("a document over its limit is refused, when it is made and when it is changed") {
    WorkspaceDocument large = document("acme");
    large.errors.emplace();
    large.errors->body = std::string(document_bytes_max, 'x');
    given().when(CreateWorkspace{large}).then(Rejection{Refusal::document_too_large});
    given(made(document("acme")))
        .when(ChangeWorkspace{large, 1})
        .then(Rejection{Refusal::document_too_large});
    large.errors->body.resize(document_bytes_max / 2);
    CHECK(given(made(document("acme"))).when(ChangeWorkspace{large, 1}).result());
}

}  // namespace keyledger
