// Uses that are decided and committed before their answer.

#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

UseKey use_of(std::uint32_t token, std::uint64_t cost = 1) {
    UseKey command;
    command.digest = digest_of(token);
    command.cost = cost;
    return command;
}

CreateKey limited(std::optional<QuotaLimit> quota, std::optional<RateLimit> rate = {}) {
    CreateKey command = new_key(1);
    command.settings.quota = quota;
    command.settings.rate_limit = rate;
    return command;
}

ChangeKey change_quota(std::optional<QuotaLimit> quota) {
    ChangeKey command{.key = key_id(1), .changed = 0, .settings = {}};
    command.changed = 1U << static_cast<unsigned>(Setting::quota);
    command.settings.quota = quota;
    return command;
}

Outcome outcome_of(Given& ledger, const UseKey& command, Timestamp now = noon) {
    const Then then = ledger.when(command, now);
    REQUIRE(then.result());
    const Decision& decision = *then.result();
    CHECK(decision.events.size() == (decision.use.outcome == Outcome::valid ? 1 : 0));
    return decision.use.outcome;
}

// How many uses of one unit are let through at `now`.
std::uint64_t uses_left(Given& ledger, Timestamp now = noon) {
    std::uint64_t uses = 0;
    while (outcome_of(ledger, use_of(1), now) == Outcome::valid) {
        uses += 1;
        REQUIRE(uses < 1000);
    }
    return uses;
}

std::uint32_t places_taken(Given& ledger) {
    const auto& taken = ledger.ledger().view.taken;
    const auto found = taken.find(key_id(1));
    return found == taken.end() ? 0 : found->second.second;
}

}  // namespace

TEST_CASE("a valid use is stated whole") {
    CreateKey command = limited(QuotaLimit{.limit = 10, .window = std::nullopt});
    command.scopes = {"*"};
    command.resource = Resource{"agent", "agent_1"};
    UseKey use = use_of(1, 3);
    use.workspace = "acme";
    use.environment = "live";
    use.scopes = {"leads:read", "calls:read"};
    use.resource = command.resource;
    use.address = parse_address("192.0.2.7");
    UseRow row;
    row.key = key_id(1);
    row.secret_version = 1;
    row.scope = "leads:read,calls:read";
    row.resource = "agent/agent_1";
    row.count = 1;
    row.spent = 1;
    row.cost = 3;
    row.first = row.last = noon;
    row.total = 1;
    row.prev_seq = 1;
    Given ledger = given(made(document("acme")), made(command));
    ledger.when(use).then(KeysUsed{.flush = {}, .rows = {row}});

    use.record_address = true;
    row.address = "192.0.2.7";
    row.total = 2;
    row.prev_seq = 2;
    const Then then = ledger.when(use);
    then.then(KeysUsed{.flush = {}, .rows = {row}});
    CHECK((then.result()->use == UseVerdict{.outcome = Outcome::valid,
                                            .key = key_id(1),
                                            .secret_version = 1,
                                            .quota_remaining = 4}));
}

TEST_CASE("a use that is not valid is no event, and its verdict says why and of which key") {
    Given ledger = given(made(document("acme")), made(new_key(1)),
                         of_key(1, KeyRotated{key_id(1), 2, digest_of(2), "", dawn + 1h}));
    CHECK(outcome_of(ledger, use_of(9)) == Outcome::unknown);
    CHECK_FALSE(ledger.when(use_of(9)).result()->use.key);
    CHECK(outcome_of(ledger, use_of(1)) == Outcome::revoked);
    CHECK(ledger.when(use_of(1)).result()->use.key == key_id(1));
    CHECK(ledger.when(use_of(1)).result()->use.secret_version == 1);
    CHECK(outcome_of(ledger, use_of(1), dawn + 1h - Duration(1)) == Outcome::valid);
    CHECK(outcome_of(ledger, use_of(2)) == Outcome::valid);
    UseKey use = use_of(2);
    use.environment = "test";
    CHECK(outcome_of(ledger, use) == Outcome::wrong_environment);
    use = use_of(2);
    use.workspace = "other";
    CHECK(outcome_of(ledger, use) == Outcome::wrong_workspace);
    use = use_of(2);
    use.scopes = {"leads:write"};
    CHECK(outcome_of(ledger, use) == Outcome::insufficient_scope);
    CHECK(ledger.when(use).result()->use.secret_version == 2);
}

TEST_CASE("a use of a key without a quota costs nothing") {
    Given ledger = given(made(document("acme")), made(new_key(1)));
    const Then then = ledger.when(use_of(1, 50));
    REQUIRE(then.result());
    CHECK(std::get<KeysUsed>(then.result()->events.at(0).body).rows.at(0).cost == 0);
}

TEST_CASE("a quota is spent to its last unit and not beyond, while the clock stands still") {
    Given ledger =
        given(made(document("acme")), made(limited(QuotaLimit{.limit = 10, .window = {}})));
    CHECK(outcome_of(ledger, use_of(1, 11)) == Outcome::quota_exceeded);
    CHECK(outcome_of(ledger, use_of(1, 7)) == Outcome::valid);
    CHECK(outcome_of(ledger, use_of(1, 4)) == Outcome::quota_exceeded);
    CHECK(ledger.when(use_of(1, 4)).result()->use.quota_remaining == 3);
    CHECK(outcome_of(ledger, use_of(1, 3)) == Outcome::valid);
    CHECK(outcome_of(ledger, use_of(1, 1)) == Outcome::quota_exceeded);
    CHECK(outcome_of(ledger, use_of(1, 0)) == Outcome::valid);
    CHECK(outcome_of(ledger, use_of(1, UINT64_MAX)) == Outcome::quota_exceeded);
    CHECK(uses_left(ledger, noon + std::chrono::days(9999)) == 0);
}

TEST_CASE("a quota with a window is whole again in the next window, and no fuller") {
    Given ledger =
        given(made(document("acme")), made(limited(QuotaLimit{.limit = 5, .window = 1h})));
    CHECK(uses_left(ledger, noon) == 5);
    CHECK(uses_left(ledger, noon + 1h - Duration(1)) == 0);
    CHECK(uses_left(ledger, noon + 1h) == 5);
    CHECK(uses_left(ledger, noon + 5h) == 5);
}

TEST_CASE("a rotation leaves what was spent") {
    Given ledger =
        given(made(document("acme")), made(limited(QuotaLimit{.limit = 5, .window = {}})));
    REQUIRE(outcome_of(ledger, use_of(1, 3)) == Outcome::valid);
    ledger.and_given(noon, of_key(1, KeyRotated{key_id(1), 2, digest_of(2), "", noon + 1h}));
    CHECK(outcome_of(ledger, use_of(2, 3)) == Outcome::quota_exceeded);
    CHECK(outcome_of(ledger, use_of(2, 1)) == Outcome::valid);
    CHECK(outcome_of(ledger, use_of(1, 1)) == Outcome::valid);
    CHECK(outcome_of(ledger, use_of(2, 1)) == Outcome::quota_exceeded);
}

TEST_CASE("a change of a quota's limit moves what is left by the difference, at least to nothing") {
    const std::optional<Duration> window = GENERATE(std::optional<Duration>(), 24h);
    Given ledger =
        given(made(document("acme")), made(limited(QuotaLimit{.limit = 10, .window = window})));
    REQUIRE(outcome_of(ledger, use_of(1, 6)) == Outcome::valid);
    REQUIRE(ledger.when(change_quota(QuotaLimit{.limit = 8, .window = window})).result());
    CHECK(ledger.when(use_of(1, 0)).result()->use.quota_remaining == 2);
    REQUIRE(ledger.when(change_quota(QuotaLimit{.limit = 5, .window = window})).result());
    CHECK(ledger.when(use_of(1, 0)).result()->use.quota_remaining == 0);
    REQUIRE(ledger.when(change_quota(QuotaLimit{.limit = 20, .window = window})).result());
    CHECK(uses_left(ledger) == 14);
}

TEST_CASE("a change of a quota's window keeps what was spent in the window that ran") {
    Given ledger =
        given(made(document("acme")), made(limited(QuotaLimit{.limit = 10, .window = 1h})));
    REQUIRE(outcome_of(ledger, use_of(1, 6)) == Outcome::valid);
    REQUIRE(ledger.when(change_quota(QuotaLimit{.limit = 10, .window = 24h})).result());
    const Timestamp next_day = window_end(noon, 24h);
    CHECK(uses_left(ledger, next_day - Duration(1)) == 4);
    CHECK(uses_left(ledger, next_day) == 10);
    // And what was spent in one that had ended is gone.
    const Timestamp later = next_day + 24h;
    REQUIRE(ledger.when(change_quota(QuotaLimit{.limit = 10, .window = 1h}), later).result());
    CHECK(uses_left(ledger, later) == 10);
    CHECK(uses_left(ledger, later + 1h) == 10);
}

TEST_CASE("a quota that loses its window keeps what was spent, and never refills") {
    Given ledger =
        given(made(document("acme")), made(limited(QuotaLimit{.limit = 10, .window = 1h})));
    REQUIRE(outcome_of(ledger, use_of(1, 6)) == Outcome::valid);
    REQUIRE(ledger.when(change_quota(QuotaLimit{.limit = 10, .window = {}})).result());
    CHECK(uses_left(ledger, noon + std::chrono::days(9)) == 4);
    REQUIRE(
        ledger
            .when(change_quota(QuotaLimit{.limit = 12, .window = 1h}), noon + std::chrono::days(9))
            .result());
    CHECK(uses_left(ledger, noon + std::chrono::days(9)) == 2);
    CHECK(uses_left(ledger, noon + std::chrono::days(9) + 1h) == 12);
}

TEST_CASE("what is used before there is a quota, or after it was taken away, is not spent") {
    Given ledger = given(made(document("acme")), made(limited({})));
    REQUIRE(outcome_of(ledger, use_of(1, 9)) == Outcome::valid);
    REQUIRE(ledger.when(change_quota(QuotaLimit{.limit = 5, .window = {}})).result());
    CHECK(uses_left(ledger) == 5);
    REQUIRE(ledger.when(change_quota({})).result());
    REQUIRE(outcome_of(ledger, use_of(1, 9)) == Outcome::valid);
    REQUIRE(ledger.when(change_quota(QuotaLimit{.limit = 5, .window = {}})).result());
    CHECK(uses_left(ledger) == 5);
}

TEST_CASE("a change of other settings leaves what was spent") {
    Given ledger =
        given(made(document("acme")), made(limited(QuotaLimit{.limit = 5, .window = {}})));
    REQUIRE(outcome_of(ledger, use_of(1, 4)) == Outcome::valid);
    ChangeKey named{.key = key_id(1), .changed = 1, .settings = {}};
    named.settings.name = "other";
    REQUIRE(ledger.when(named).result());
    REQUIRE(ledger.when(SuspendKey{key_id(1)}).result());
    REQUIRE(ledger.when(ResumeKey{key_id(1)}).result());
    CHECK(uses_left(ledger) == 1);
}

TEST_CASE("a rate window counts checks, whatever they cost") {
    Given ledger = given(made(document("acme")), made(limited({}, RateLimit{3, 1min})));
    CHECK(outcome_of(ledger, use_of(1, 500)) == Outcome::valid);
    CHECK(outcome_of(ledger, use_of(1, 0)) == Outcome::valid);
    CHECK(uses_left(ledger) == 1);
    CHECK(outcome_of(ledger, use_of(1), noon + 1min - Duration(1)) == Outcome::rate_limited);
    CHECK(uses_left(ledger, noon + 1min) == 3);
}

TEST_CASE("an environment's rate limit holds for keys that have none of their own") {
    WorkspaceDocument workspace = document("acme");
    workspace.environments[0].rate_limit = RateLimit{2, 1min};
    Given inheriting = given(made(workspace), made(limited({})));
    CHECK(uses_left(inheriting) == 2);
    Given own = given(made(workspace), made(limited({}, RateLimit{5, 1min})));
    CHECK(uses_left(own) == 5);
}

TEST_CASE("a place in the rate window is taken only when all else allows") {
    Given ledger = given(made(document("acme")),
                         made(limited(QuotaLimit{.limit = 2, .window = {}}, RateLimit{9, 1min})));
    UseKey use = use_of(1);
    use.scopes = {"leads:write"};
    CHECK(outcome_of(ledger, use) == Outcome::insufficient_scope);
    CHECK(outcome_of(ledger, use_of(1, 3)) == Outcome::quota_exceeded);
    CHECK(places_taken(ledger) == 0);
    CHECK(uses_left(ledger) == 2);
    CHECK(places_taken(ledger) == 2);
}

TEST_CASE(
    "a use that the rate window denies spends no quota, and comes before the quota's denial") {
    Given ledger = given(made(document("acme")),
                         made(limited(QuotaLimit{.limit = 5, .window = {}}, RateLimit{2, 1min})));
    CHECK(uses_left(ledger) == 2);
    CHECK(outcome_of(ledger, use_of(1, 99)) == Outcome::rate_limited);
    CHECK(ledger.when(use_of(1, 99)).result()->use.quota_remaining == 3);
    CHECK(uses_left(ledger, noon + 1min) == 2);
    CHECK(uses_left(ledger, noon + 2min) == 1);
    CHECK(outcome_of(ledger, use_of(1), noon + 2min) == Outcome::quota_exceeded);
}

TEST_CASE("room in the rate window that another check takes meanwhile denies, and spends nothing") {
    // Sees room that is gone when it is taken.
    class Contended final : public LedgerView {
    public:
        explicit Contended(ModelView& view) : view_(view) {}
        const WorkspaceState* workspace(std::string_view slug) const override {
            return view_.workspace(slug);
        }
        const KeyState* key(const KeyId& id) const override { return view_.key(id); }
        const KeyState* key_of_digest(const Digest& digest) const override {
            return view_.key_of_digest(digest);
        }
        const KeyUse& use(const KeyId& id) const override { return view_.use(id); }
        void each_key(std::string_view slug,
                      const std::function<void(const KeyState&)>& visit) const override {
            view_.each_key(slug, visit);
        }
        std::uint64_t next_seq() const override { return view_.next_seq(); }
        std::uint64_t last_flush(std::uint64_t, std::uint64_t) const override { return 0; }
        bool rate_open(const KeyId&, const RateLimit&, Timestamp) const override { return true; }
        bool take_rate(const KeyId&, const RateLimit&, Timestamp) override { return false; }

    private:
        ModelView& view_;
    };
    Given ledger = given(made(document("acme")),
                         made(limited(QuotaLimit{.limit = 5, .window = {}}, RateLimit{2, 1min})));
    Contended contended(ledger.ledger().view);
    const auto decision = decide(contended, asked(use_of(1)), noon);
    REQUIRE(decision);
    CHECK(decision->use.outcome == Outcome::rate_limited);
    CHECK(decision->use.quota_remaining == 5);
    CHECK(decision->events.empty());
}

}  // namespace keyledger
