#include "ledger/rules/evolve.hpp"

#include "ledger/rules/judge.hpp"
#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

const KeyState& key(Given& ledger, std::uint32_t number = 1) {
    return ledger.ledger().view.keys.at(key_id(number));
}

Draft rotated(std::uint32_t version, Timestamp older_valid_until) {
    return of_key(1, KeyRotated{.key = key_id(1),
                                .version = version,
                                .digest = digest_of(version),
                                .hint = "Hint",
                                .older_valid_until = older_valid_until});
}

// Until when each version works, oldest first.
std::vector<std::optional<Timestamp>> ends(Given& ledger) {
    std::vector<std::optional<Timestamp>> ends;
    for (const Secret& secret : key(ledger).secrets) ends.push_back(secret.valid_until);
    return ends;
}

Event key_event(EventBody body, Timestamp time, std::uint64_t seq) {
    Event event{.envelope = {}, .body = std::move(body)};
    event.envelope.seq = seq;
    event.envelope.time = time;
    return event;
}

}  // namespace

TEST_CASE("a key is born with all that its event says") {
    CreateKey command = new_key(1);
    command.settings.owner = "ana@example.com";
    command.settings.metadata = R"({"team":"billing"})";
    command.settings.expires_at = noon;
    command.settings.rate_limit = RateLimit{.limit = 3, .window = 1min};
    command.settings.quota = QuotaLimit{.limit = 9, .window = 24h};
    command.settings.allowed_ranges = {*parse_range("192.0.2.0/24")};
    command.resource = Resource{"agent", "agent_1"};
    command.not_before = dawn;
    command.origin = Origin::imported;
    Given ledger = given(made(document("acme")), made(command));
    const KeyState& state = key(ledger);
    CHECK(state.id == key_id(1));
    CHECK(state.workspace == "acme");
    CHECK(state.environment == "live");
    CHECK((state.settings == command.settings));
    CHECK(state.scopes == command.scopes);
    CHECK((state.resource == command.resource));
    CHECK(state.not_before == dawn);
    CHECK(state.created_at == dawn);
    CHECK_FALSE(state.rotated_at);
    CHECK_FALSE(state.suspended_at);
    CHECK_FALSE(state.revoked_at);
    CHECK(state.origin == Origin::imported);
    CHECK(state.revision == 1);
    CHECK(state.created_seq == 1);
    CHECK(state.seq == 1);
    CHECK(state.head != Digest{});
    REQUIRE(state.secrets.size() == 1);
    CHECK((state.secrets[0] == Secret{.version = 1,
                                      .digest = digest_of(1),
                                      .hint = "Hint4567",
                                      .created_at = dawn,
                                      .valid_until = {}}));
}

TEST_CASE("each life-cycle event moves the key's revision, seq and head, and its times") {
    Given ledger = given(made(document("acme")), made(new_key(1)));
    Digest head = key(ledger).head;
    std::uint64_t revision = 1;
    const auto then = [&](Timestamp time, EventBody body) -> const KeyState& {
        ledger.and_given(time, of_key(1, std::move(body)));
        revision += 1;
        CHECK(key(ledger).revision == revision);
        CHECK(key(ledger).seq == revision);
        CHECK(key(ledger).created_seq == 1);
        CHECK(key(ledger).head != head);
        CHECK(ledger.ledger().events.back().envelope.previous == head);
        head = key(ledger).head;
        return key(ledger);
    };
    CHECK(then(dawn + 1h, KeySuspended{key_id(1)}).suspended_at == dawn + 1h);
    CHECK_FALSE(then(dawn + 2h, KeyResumed{key_id(1)}).suspended_at);
    CHECK(then(dawn + 2h, KeyScoped{key_id(1), {"leads:read"}, {"a:b"}}).scopes ==
          std::vector<std::string>{"a:b"});
    CHECK(then(dawn + 3h, rotated(2, noon).body).rotated_at == dawn + 3h);
    CHECK(then(noon, KeyRevoked{key_id(1)}).revoked_at == noon);
}

TEST_CASE("a change of one setting leaves the others as they are") {
    CreateKey command = new_key(1);
    command.settings = {.name = "billing",
                        .owner = "ana@example.com",
                        .metadata = R"({"team":"billing"})",
                        .expires_at = noon,
                        .rate_limit = RateLimit{.limit = 3, .window = 1min},
                        .quota = QuotaLimit{.limit = 9, .window = 24h},
                        .allowed_ranges = {*parse_range("192.0.2.0/24")}};
    for (std::uint32_t setting = 0; setting < settings_count; ++setting) {
        Given ledger = given(made(document("acme")), made(command));
        KeyChanged cleared{.key = key_id(1), .changed = 1U << setting, .before = {}, .after = {}};
        ledger.and_given(noon, of_key(1, cleared));
        KeySettings left = command.settings;
        switch (Setting(setting)) {
            case Setting::name:
                left.name.clear();
                break;
            case Setting::owner:
                left.owner.clear();
                break;
            case Setting::metadata:
                left.metadata.clear();
                break;
            case Setting::expires_at:
                left.expires_at.reset();
                break;
            case Setting::rate_limit:
                left.rate_limit.reset();
                break;
            case Setting::quota:
                left.quota.reset();
                break;
            case Setting::allowed_ranges:
                left.allowed_ranges.clear();
                break;
        }
        INFO("setting " << setting);
        CHECK((key(ledger).settings == left));
    }
}

TEST_CASE("without grace every older secret ends at once, those in grace too") {
    Given ledger = given(made(document("acme")), made(new_key(1)), rotated(2, dawn + 24h));
    ledger.and_given(noon, rotated(3, noon));
    CHECK((ends(ledger) == std::vector<std::optional<Timestamp>>{noon, noon, std::nullopt}));
}

TEST_CASE("a later, longer grace never extends an earlier one") {
    Given ledger = given(made(document("acme")), made(new_key(1)), rotated(2, dawn + 1h));
    ledger.and_given(dawn + Duration(1), rotated(3, dawn + 48h));
    CHECK((ends(ledger) ==
           std::vector<std::optional<Timestamp>>{dawn + 1h, dawn + 48h, std::nullopt}));
    // A shorter one does shorten it.
    ledger.and_given(dawn + Duration(2), rotated(4, dawn + 2h));
    CHECK((ends(ledger) ==
           std::vector<std::optional<Timestamp>>{dawn + 1h, dawn + 2h, dawn + 2h, std::nullopt}));
}

TEST_CASE("of a key's secrets the newest 256 are kept; older ones are unknown from then on") {
    Given ledger = given(made(document("acme")), made(new_key(1)));
    for (std::uint32_t version = 2; version <= secrets_kept_max; ++version) {
        ledger.and_given(dawn, rotated(version, noon + 24h));
    }
    UseKey use;
    use.digest = digest_of(1);
    CHECK(key(ledger).secrets.size() == secrets_kept_max);
    CHECK(ledger.when(use).result()->use.outcome == Outcome::valid);
    ledger.and_given(dawn, rotated(secrets_kept_max + 1, noon + 24h));
    CHECK(key(ledger).secrets.size() == secrets_kept_max);
    CHECK(key(ledger).secrets.front().version == 2);
    CHECK(key(ledger).secrets.back().version == secrets_kept_max + 1);
    // The view still leads from the digest to the key.
    REQUIRE(ledger.ledger().view.key_of_digest(digest_of(1)));
    const Then forgotten = ledger.when(use);
    forgotten.then_nothing();
    CHECK((forgotten.result()->use == UseVerdict{}));
    const Then leaked = ledger.when(RevokeDigests{{digest_of(1)}});
    leaked.then_nothing();
    CHECK(
        (leaked.result()->digests == std::vector<DigestResult>{{DigestResult::Kind::unknown, {}}}));
    use.digest = digest_of(2);
    CHECK(ledger.when(use).result()->use.outcome == Outcome::valid);
    // A version's number is never used again.
    const Then next =
        ledger.when(RotateKey{.key = key_id(1), .digest = digest_of(999), .hint = ""});
    REQUIRE(next.result());
    CHECK(key(ledger).secrets.back().version == secrets_kept_max + 2);
}

TEST_CASE("a key whose values were erased has the commitments of one whose were not") {
    CreateKey command = new_key(1);
    command.settings.owner = "ana@example.com";
    KeySettings patch;
    patch.owner = "bob@example.com";
    ModelLedger ledger;
    ledger.append({made(document("acme")), made(command)}, {}, dawn);
    const Digest at_birth = ledger.view.keys.at(key_id(1)).commitments;
    const std::uint32_t owner_bit = 1U << static_cast<unsigned>(Setting::owner);
    REQUIRE(ledger.submit(asked(ChangeKey{key_id(1), owner_bit, patch}), noon));
    const KeyState kept = ledger.view.keys.at(key_id(1));
    CHECK(kept.commitments != at_birth);
    CHECK((ledger.replayed().keys.at(key_id(1)) == kept));

    for (StoredEvent& event : ledger.stored) event.personal.clear();
    const KeyState erased = ledger.replayed().keys.at(key_id(1));
    CHECK(erased.settings.owner.empty());
    CHECK(erased.settings.name.empty());
    CHECK(erased.commitments == kept.commitments);
    CHECK(erased.head == kept.head);
}

TEST_CASE("equal values have different commitments, so that they can't be guessed") {
    Given ledger = given(made(document("acme")), made(new_key(1)), made([] {
                             CreateKey command = new_key(2);
                             command.settings.name = "key 1";
                             return command;
                         }()));
    CHECK(key(ledger, 1).settings.name == key(ledger, 2).settings.name);
    CHECK(key(ledger, 1).commitments != key(ledger, 2).commitments);
}

TEST_CASE("a use counts, and was the last use only if it was valid and newest") {
    KeyUse use;
    UseRow row;
    row.outcome = Outcome::expired;
    row.total = 5;
    row.last = noon;
    evolve(use, row, nullptr, 11);
    CHECK(use.total == 5);
    CHECK(use.last_seq == 11);
    CHECK_FALSE(use.last_used_at);
    row.outcome = Outcome::valid;
    row.total = 6;
    evolve(use, row, nullptr, 12);
    CHECK(use.last_used_at == noon);
    // Another node's row may come later and speak of earlier uses.
    row.last = dawn;
    row.total = 8;
    evolve(use, row, nullptr, 13);
    CHECK(use.last_used_at == noon);
    CHECK(use.total == 8);
    CHECK(use.last_seq == 13);
}

TEST_CASE("costs add up within a window, and begin anew in the next") {
    const QuotaLimit quota{.limit = 100, .window = 1h};
    KeyUse use;
    UseRow row;
    row.cost = 7;
    row.last = noon;
    evolve(use, row, &quota, 1);
    row.last = noon + 1h - Duration(1);
    evolve(use, row, &quota, 2);
    CHECK(use.quota_spent == 14);
    CHECK(use.quota_window == window_index(noon, 1h));
    row.last = noon + 1h;
    evolve(use, row, &quota, 3);
    CHECK(use.quota_spent == 7);
    CHECK(use.quota_window == window_index(noon, 1h) + 1);
    // Without a quota, or without cost, nothing is spent.
    evolve(use, row, nullptr, 4);
    row.cost = 0;
    row.last = noon + 9h;
    evolve(use, row, &quota, 5);
    CHECK(use.quota_spent == 7);
    // A time before the window that runs does not open an ended one again.
    row.cost = 7;
    row.last = noon;
    evolve(use, row, &quota, 6);
    CHECK(use.quota_spent == 14);
    CHECK(use.quota_window == window_index(noon, 1h) + 1);
}

TEST_CASE("without a window costs add up for ever") {
    const QuotaLimit quota{.limit = 100, .window = std::nullopt};
    KeyUse use;
    UseRow row;
    row.cost = 7;
    row.last = dawn;
    evolve(use, row, &quota, 1);
    row.last = noon + std::chrono::days(1000);
    evolve(use, row, &quota, 2);
    CHECK(use.quota_spent == 14);
    CHECK(use.quota_window == 0);
}

TEST_CASE("every event of a key's stream is its last one that speaks of it") {
    KeyUse use;
    use.total = 3;
    use.last_seq = 4;
    evolve(use, KeyState{}, key_event(KeySuspended{key_id(1)}, noon, 9));
    CHECK(use.last_seq == 9);
    CHECK(use.total == 3);
}

TEST_CASE("a workspace takes its document from each of its events") {
    WorkspaceState state;
    Event event = key_event(WorkspaceCreated{document("acme")}, dawn, 5);
    evolve(state, event);
    CHECK((state == WorkspaceState{.document = document("acme"),
                                   .revision = 1,
                                   .seq = 5,
                                   .created_at = dawn,
                                   .changed_at = dawn}));
    WorkspaceDocument after = document("acme");
    after.name = "Other";
    event = key_event(WorkspaceChanged{document("acme"), after}, noon, 8);
    evolve(state, event);
    CHECK(
        (state ==
         WorkspaceState{
             .document = after, .revision = 2, .seq = 8, .created_at = dawn, .changed_at = noon}));
}

}  // namespace keyledger
