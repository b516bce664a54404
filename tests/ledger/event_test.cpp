#include "ledger/rules/event.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

TEST_CASE("an event's type is written as its name") {
    CHECK(type_name(WorkspaceCreated{}) == "WorkspaceCreated");
    CHECK(type_name(WorkspaceChanged{}) == "WorkspaceChanged");
    CHECK(type_name(KeyCreated{}) == "KeyCreated");
    CHECK(type_name(KeyScoped{}) == "KeyScoped");
    CHECK(type_name(KeyChanged{}) == "KeyChanged");
    CHECK(type_name(KeyRotated{}) == "KeyRotated");
    CHECK(type_name(KeySuspended{}) == "KeySuspended");
    CHECK(type_name(KeyResumed{}) == "KeyResumed");
    CHECK(type_name(KeyRevoked{}) == "KeyRevoked");
    CHECK(type_name(KeysUsed{}) == "KeysUsed");
    CHECK(type_name(UsageGap{}) == "UsageGap");
    CHECK(type_name(LedgerStarted{}) == "LedgerStarted");
    CHECK(type_name(LedgerStopped{}) == "LedgerStopped");
    CHECK(type_name(HistoryRead{}) == "HistoryRead");
    CHECK(type_name(StreamHeadsSealed{}) == "StreamHeadsSealed");
    CHECK(type_name(LogKeyRotated{}) == "LogKeyRotated");
    CHECK(type_name(TablesDigest{}) == "TablesDigest");
}

TEST_CASE("only a key's events have a key") {
    const KeyId key{{7}};
    const EventBody created = KeyCreated{.key = key,
                                         .environment = {},
                                         .settings = {},
                                         .scopes = {},
                                         .resource = {},
                                         .not_before = {},
                                         .hint = {}};
    const EventBody revoked = KeyRevoked{key};
    REQUIRE(key_of(created));
    CHECK(*key_of(created) == key);
    REQUIRE(key_of(revoked));
    CHECK(*key_of(revoked) == key);
    CHECK(key_of(WorkspaceCreated{}) == nullptr);
    CHECK(key_of(KeysUsed{.flush = {}, .rows = {UseRow{}}}) == nullptr);
    CHECK(key_of(LedgerStarted{}) == nullptr);
    HistoryRead read;
    read.of_key = key;
    CHECK(key_of(read) == nullptr);
}

TEST_CASE("stated settings say what the settings say") {
    KeySettings settings;
    settings.name = "billing";
    settings.owner = "ana@example.com";
    settings.metadata = R"({"team":"billing"})";
    settings.expires_at = Timestamp(Duration(5));
    settings.rate_limit = RateLimit{.limit = 3, .window = std::chrono::minutes(1)};
    settings.quota = QuotaLimit{.limit = 9, .window = std::nullopt};
    settings.allowed_ranges = {*parse_range("192.0.2.0/24")};

    const StatedSettings said = stated(settings);
    CHECK(said.name == Erasable("billing"));
    CHECK(said.owner == Erasable("ana@example.com"));
    CHECK(said.metadata == Erasable(R"({"team":"billing"})"));
    CHECK(said.expires_at == settings.expires_at);
    CHECK(said.rate_limit == settings.rate_limit);
    CHECK(said.quota == settings.quota);
    CHECK(said.allowed_ranges == settings.allowed_ranges);
    CHECK(said.name.commitment == Digest{});
}

}  // namespace keyledger
