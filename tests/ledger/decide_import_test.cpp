// Many keys at once: brought in, and revoked by their tokens.

#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

CreateKey imported(std::uint32_t number) {
    CreateKey command = new_key(number);
    command.origin = Origin::imported;
    command.hint.clear();
    return command;
}

ImportKeys import_of(std::vector<CreateKey> keys) {
    return {.workspace = "acme", .keys = std::move(keys)};
}

using Kind = DigestResult::Kind;

}  // namespace

TEST_CASE("an import makes every key that it names") {
    given(made(document("acme")))
        .when(import_of({imported(1), imported(2)}))
        .then(made(imported(1)).body, made(imported(2)).body);
    given(made(document("acme"))).when(import_of({})).then_nothing();
    given().when(import_of({imported(1)})).then(Refusal::workspace_not_found);
}

TEST_CASE("an import with a digest twice is refused at the second one") {
    CreateKey again = imported(3);
    again.digest = digest_of(1);
    Given ledger = given(made(document("acme")));
    ledger.when(import_of({imported(1), imported(2), again}))
        .then(Rejection{Refusal::digest_taken, "/items/2/digest"});
    CHECK(ledger.ledger().view.keys.empty());
}

TEST_CASE("an import of a digest that a key has is refused") {
    CreateKey taken = imported(3);
    taken.digest = digest_of(1);
    given(made(document("acme")), made(new_key(1)))
        .when(import_of({imported(2), taken}))
        .then(Rejection{Refusal::digest_taken, "/items/1/digest"});
}

TEST_CASE("what is wrong with a key of an import is pointed to in its item") {
    Given ledger = given(made(document("acme")));
    CreateKey wrong = imported(2);
    wrong.environment = "production";
    ledger.when(import_of({imported(1), wrong}))
        .then(Rejection{Refusal::unknown_environment, "/items/1/environment"});
    wrong = imported(2);
    wrong.scopes = {"leads:read", "leads"};
    ledger.when(import_of({wrong}))
        .then(Rejection{Refusal::scope_not_in_catalogue, "/items/0/scopes/1", {"leads"}});
    wrong = imported(2);
    wrong.not_before = noon;
    wrong.settings.expires_at = noon;
    ledger.when(import_of({imported(1), wrong}))
        .then(Rejection{Refusal::expiry_before_start, "/items/1/expiresAt"});
    wrong = imported(2);
    wrong.settings.metadata = std::string(document_bytes_max, 'm');
    ledger.when(import_of({imported(1), wrong}))
        .then(Rejection{Refusal::document_too_large, "/items/1"});
}

TEST_CASE("an import takes ten thousand keys, and not one more") {
    std::vector<CreateKey> keys;
    for (std::uint32_t i = 0; i <= items_per_command_max; ++i) keys.push_back(imported(i));
    Given ledger = given(made(document("acme")));
    ledger.when(import_of(keys)).then(Rejection{Refusal::too_many_items, "/items"});
    keys.pop_back();
    REQUIRE(ledger.when(import_of(keys)).result());
    CHECK(ledger.ledger().view.keys.size() == items_per_command_max);
    CHECK(ledger.ledger().events[1].envelope.command_events == items_per_command_max);
    CHECK(ledger.ledger().events[2].envelope.command_events == 0);
}

TEST_CASE("revoking an owner with more than ten thousand keys is refused whole") {
    ModelLedger ledger;
    std::vector<Draft> facts{made(document("acme"))};
    for (std::uint32_t i = 0; i <= items_per_command_max; ++i) {
        CreateKey command = imported(i);
        command.settings.owner = "ana";
        facts.push_back(made(command));
    }
    ledger.append(facts, {}, dawn);
    const RevokeKeys by_owner{.workspace = "acme", .owner = "ana", .keys = {}};
    const auto refused = ledger.submit(asked(by_owner), noon);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().refusal == Refusal::too_many_items);
    REQUIRE(ledger.submit(asked(RevokeKey{key_id(0)}), noon));
    const auto revoked = ledger.submit(asked(by_owner), noon);
    REQUIRE(revoked);
    CHECK(revoked->events.size() == items_per_command_max);
}

TEST_CASE("tokens are revoked by their digests, with an answer for each in order") {
    Given ledger =
        given(made(document("acme")), made(document("other")), made(new_key(1)),
              made(new_key(2, "other")), made(new_key(3)), of_key(3, KeyRevoked{key_id(3)}));
    const Then then = ledger.when(
        RevokeDigests{{digest_of(2), digest_of(9), digest_of(3), digest_of(1), digest_of(2)}});
    then.then(KeyRevoked{key_id(2)}, KeyRevoked{key_id(1)});
    CHECK(
        (then.result()->digests == std::vector<DigestResult>{{Kind::revoked, key_id(2)},
                                                             {Kind::unknown, {}},
                                                             {Kind::already_revoked, key_id(3)},
                                                             {Kind::revoked, key_id(1)},
                                                             {Kind::already_revoked, key_id(2)}}));
}

TEST_CASE("a token of an older version gives its key away too, in grace or ended") {
    const KeyRotated ended{key_id(1), 2, digest_of(2), "", dawn};
    Given ledger = given(made(document("acme")), made(new_key(1)), of_key(1, ended));
    const Then then = ledger.when(RevokeDigests{{digest_of(1), digest_of(2)}});
    then.then(KeyRevoked{key_id(1)});
    CHECK(
        (then.result()->digests == std::vector<DigestResult>{{Kind::revoked, key_id(1)},
                                                             {Kind::already_revoked, key_id(1)}}));
}

TEST_CASE("at most ten thousand tokens are revoked at once") {
    std::vector<Digest> digests(items_per_command_max + 1, digest_of(1));
    Given ledger = given(made(document("acme")), made(new_key(1)));
    ledger.when(RevokeDigests{digests}).then(Refusal::too_many_items);
    digests.pop_back();
    ledger.when(RevokeDigests{digests}).then(KeyRevoked{key_id(1)});
}

}  // namespace keyledger
