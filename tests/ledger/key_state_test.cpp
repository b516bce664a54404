#include "ledger/rules/key_state.hpp"

#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

#include <functional>

namespace keyledger {

TEST_CASE("of two things that end a key, its status names the first in order") {
    const std::vector<std::pair<KeyStatus, std::function<void(KeyState&)>>> reasons{
        {KeyStatus::revoked, [](KeyState& key) { key.revoked_at = dawn; }},
        {KeyStatus::suspended, [](KeyState& key) { key.suspended_at = dawn; }},
        {KeyStatus::pending, [](KeyState& key) { key.not_before = noon + Duration(1); }},
        {KeyStatus::expired, [](KeyState& key) { key.settings.expires_at = noon; }},
    };
    CHECK(status_of(KeyState{}, noon) == KeyStatus::active);
    for (std::size_t first = 0; first < reasons.size(); ++first) {
        for (std::size_t second = first; second < reasons.size(); ++second) {
            KeyState key;
            reasons[second].second(key);
            reasons[first].second(key);
            CHECK(status_of(key, noon) == reasons[first].first);
        }
    }
}

TEST_CASE("a key is pending until before its start, and expired from its expiry on") {
    KeyState key;
    key.not_before = dawn;
    key.settings.expires_at = noon;
    CHECK(status_of(key, dawn - Duration(1)) == KeyStatus::pending);
    CHECK(status_of(key, dawn) == KeyStatus::active);
    CHECK(status_of(key, noon - Duration(1)) == KeyStatus::active);
    CHECK(status_of(key, noon) == KeyStatus::expired);
}

TEST_CASE("each status has its published name") {
    CHECK(to_text(KeyStatus::active) == "active");
    CHECK(to_text(KeyStatus::suspended) == "suspended");
    CHECK(to_text(KeyStatus::expired) == "expired");
    CHECK(to_text(KeyStatus::revoked) == "revoked");
    CHECK(to_text(KeyStatus::pending) == "pending");
}

TEST_CASE("a secret is found by its digest, ended or not") {
    KeyState key;
    CHECK(find_secret(key, digest_of(1)) == nullptr);
    for (std::uint32_t version = 1; version <= 3; ++version) {
        Secret secret;
        secret.version = version;
        secret.digest = digest_of(version);
        if (version < 3) secret.valid_until = dawn;
        key.secrets.push_back(secret);
    }
    for (std::uint32_t version = 1; version <= 3; ++version) {
        REQUIRE(find_secret(key, digest_of(version)));
        CHECK(find_secret(key, digest_of(version))->version == version);
    }
    CHECK(find_secret(key, digest_of(4)) == nullptr);
}

TEST_CASE("what is left of a quota is its limit less what was spent, and never below nothing") {
    KeyUse use;
    const QuotaLimit quota{.limit = 10, .window = std::nullopt};
    CHECK(quota_remaining(quota, use, noon) == 10);
    use.quota_spent = 4;
    CHECK(quota_remaining(quota, use, noon) == 6);
    use.quota_spent = 10;
    CHECK(quota_remaining(quota, use, noon) == 0);
    use.quota_spent = 25;
    CHECK(quota_remaining(quota, use, noon) == 0);
    CHECK(quota_remaining(quota, use, noon + std::chrono::days(10'000)) == 0);
}

TEST_CASE("a quota with a window is whole again when the window turns, to the millisecond") {
    const Duration window = std::chrono::hours(1);
    const QuotaLimit quota{.limit = 10, .window = window};
    KeyUse use;
    use.quota_spent = 10;
    use.quota_window = window_index(noon, window);
    CHECK(quota_remaining(quota, use, noon) == 0);
    CHECK(quota_remaining(quota, use, noon + window - Duration(1)) == 0);
    CHECK(quota_remaining(quota, use, noon + window) == 10);
    // A clock that was set back revives nothing.
    CHECK(quota_remaining(quota, use, noon - Duration(1)) == 0);
}

}  // namespace keyledger
