#include "http/admin/documents.hpp"

#include "http/admin/workspace_body.hpp"
#include "http/json_document.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

Timestamp at(std::string_view text) {
    const auto time = parse_rfc3339(text);
    REQUIRE(time);
    return *time;
}

const std::string id_text = "key_01ARZ3NDEKTSV4RRFFQ69G5FAV";

KeyState plain_key() {
    KeyState key;
    key.id = *parse_key_id(id_text);
    key.workspace = "acme";
    key.environment = "live";
    key.settings.name = "First \"one\"";
    key.created_at = at("2026-01-01T00:00:00Z");
    key.secrets.push_back({1, Digest{0xab}, "hint0001", key.created_at, std::nullopt});
    key.revision = 1;
    key.created_seq = 7;
    key.seq = 7;
    return key;
}

KeyState full_key() {
    KeyState key = plain_key();
    key.settings.owner = "owner";
    key.settings.metadata = R"({"plan":"pro","n":1.50})";
    key.settings.expires_at = at("2027-01-01T00:00:00Z");
    key.settings.rate_limit = RateLimit{300, std::chrono::minutes(1)};
    key.settings.quota = QuotaLimit{1000, std::chrono::days(1)};
    key.settings.allowed_ranges = {*parse_range("192.0.2.0/24"), *parse_range("2001:db8::/32")};
    key.scopes = {"a:read", "b:*"};
    key.resource = Resource{"agent", "agent_123"};
    key.not_before = at("2026-01-02T00:00:00Z");
    key.rotated_at = at("2026-02-01T00:00:00Z");
    key.secrets[0].valid_until = at("2026-02-02T00:00:00Z");
    key.secrets.push_back({2, Digest{0xcd}, "hint0002", *key.rotated_at, std::nullopt});
    key.revision = 2;
    key.seq = 99;
    return key;
}

std::string document_of(const KeyState& key, const KeyUse& use, std::string_view now) {
    std::string out;
    append_key(out, key, use, at(now));
    return out;
}

TEST_CASE("a key has every member, null where there is nothing") {
    CHECK(
        document_of(plain_key(), {}, "2026-01-01T00:00:01Z") ==
        R"({"id":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV","workspace":"acme","name":"First \"one\"",)"
        R"("environment":"live","hint":"hint0001","scopes":[],"resource":null,"owner":null,)"
        R"("metadata":null,"status":"active","createdAt":"2026-01-01T00:00:00.000Z",)"
        R"("notBefore":null,"expiresAt":null,"rotatedAt":null,"suspendedAt":null,"revokedAt":null,)"
        R"("lastUsedAt":null,"rateLimit":null,"quota":null,"allowedIps":[],)"
        R"("secrets":[{"version":1,"hint":"hint0001","createdAt":"2026-01-01T00:00:00.000Z",)"
        R"("validUntil":null}],"revision":1,"seq":7})");
}

TEST_CASE("a key shows all that it was given") {
    KeyUse use;
    use.last_used_at = at("2026-03-01T10:00:00.5Z");
    use.quota_spent = 300;
    use.quota_window = window_index(at("2026-03-01T12:00:00Z"), std::chrono::days(1));
    CHECK(document_of(full_key(), use, "2026-03-01T12:00:00Z") ==
          R"({"id":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV","workspace":"acme","name":"First \"one\"",)"
          R"("environment":"live","hint":"hint0002","scopes":["a:read","b:*"],)"
          R"("resource":{"kind":"agent","id":"agent_123"},"owner":"owner",)"
          R"("metadata":{"plan":"pro","n":1.50},"status":"active",)"
          R"("createdAt":"2026-01-01T00:00:00.000Z","notBefore":"2026-01-02T00:00:00.000Z",)"
          R"("expiresAt":"2027-01-01T00:00:00.000Z","rotatedAt":"2026-02-01T00:00:00.000Z",)"
          R"("suspendedAt":null,"revokedAt":null,"lastUsedAt":"2026-03-01T10:00:00.500Z",)"
          R"("rateLimit":{"limit":300,"window":"1m"},)"
          R"("quota":{"limit":1000,"window":"1d","remaining":700,)"
          R"("resetsAt":"2026-03-02T00:00:00.000Z"},)"
          R"("allowedIps":["192.0.2.0/24","2001:db8::/32"],)"
          R"("secrets":[{"version":1,"hint":"hint0001","createdAt":"2026-01-01T00:00:00.000Z",)"
          R"("validUntil":"2026-02-02T00:00:00.000Z"},{"version":2,"hint":"hint0002",)"
          R"("createdAt":"2026-02-01T00:00:00.000Z","validUntil":null}],"revision":2,"seq":99})");
}

TEST_CASE("the status and the quota of a key are those of the moment") {
    const auto status = [](const KeyState& key, std::string_view now) {
        FaultList faults;
        const auto json = parse_json(document_of(key, {}, now), faults);
        REQUIRE(json);
        return json->find("status")->text;
    };
    KeyState key = full_key();
    CHECK(status(key, "2026-01-01T12:00:00Z") == "pending");
    CHECK(status(key, "2026-06-01T00:00:00Z") == "active");
    CHECK(status(key, "2027-01-01T00:00:00Z") == "expired");
    key.suspended_at = at("2026-04-01T00:00:00Z");
    CHECK(status(key, "2026-06-01T00:00:00Z") == "suspended");
    key.revoked_at = at("2026-05-01T00:00:00Z");
    CHECK(status(key, "2026-06-01T00:00:00Z") == "revoked");

    KeyUse use;
    use.quota_spent = 1000;
    use.quota_window = window_index(at("2026-06-01T00:00:00Z"), std::chrono::days(1));
    CHECK(document_of(key, use, "2026-06-01T23:59:59Z").find(R"("remaining":0,)") !=
          std::string::npos);
    CHECK(document_of(key, use, "2026-06-02T00:00:00Z").find(R"("remaining":1000,)") !=
          std::string::npos);
    key.settings.quota->window.reset();
    use.quota_window = 0;
    CHECK(document_of(key, use, "2030-01-01T00:00:00Z")
              .find(R"("quota":{"limit":1000,"window":null,"remaining":0,"resetsAt":null})") !=
          std::string::npos);
}

TEST_CASE("an imported key has no hint, and no key shows a digest") {
    KeyState key = plain_key();
    key.origin = Origin::imported;
    key.secrets[0].hint.clear();
    key.secrets[0].digest.fill(0xab);
    const std::string text = document_of(key, {}, "2026-01-01T00:00:01Z");
    CHECK(text.find(R"("environment":"live","hint":null)") != std::string::npos);
    CHECK(text.find(R"({"version":1,"hint":null)") != std::string::npos);
    CHECK(text.find("abab") == std::string::npos);
}

TEST_CASE("a workspace reads as it was made, and says when it was changed") {
    const std::string members =
        R"("slug":"acme","name":"Acme","prefix":"ac",)"
        R"("environments":[{"name":"live","tag":"live","rateLimit":{"limit":300,"window":"1m"}},)"
        R"({"name":"test","tag":"test","rateLimit":null}],)"
        R"("scopes":[{"name":"a:b","description":"A \"b\""},{"name":"c:d","description":""}],)"
        R"("emptyScopes":"all","onStale":"serve","locale":"es",)"
        R"("errors":{"contentType":"application/json","body":{"m":["{message}",1.50]},)"
        R"("messages":{"401":"no"},"names":{"revoked":"gone"}})";
    const auto body = parse_workspace("{" + members + "}");
    REQUIRE(body);
    WorkspaceState workspace{body->document, 3, 42, at("2026-01-01T00:00:00Z"),
                             at("2026-02-01T00:00:00Z")};
    std::string out;
    append_workspace(out, workspace);
    CHECK(out == "{" + members +
                     R"(,"revision":3,"seq":42,"createdAt":"2026-01-01T00:00:00.000Z",)"
                     R"("changedAt":"2026-02-01T00:00:00.000Z"})");
    workspace.document = {};
    workspace.document.slug = "a";
    out.clear();
    append_workspace(out, workspace);
    CHECK(out.starts_with(R"({"slug":"a","name":"","prefix":"","environments":[],"scopes":[],)"
                          R"("emptyScopes":"none","onStale":"deny","locale":"en","errors":null,)"));
}

}  // namespace
}  // namespace keyledger
