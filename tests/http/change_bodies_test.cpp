#include "http/admin/bodies.hpp"
#include "ledger/rules/secret.hpp"
#include "tests/http/faults.hpp"

namespace keyledger {
namespace {

using Problem = FieldProblem;

Timestamp at(std::string_view text) {
    const auto time = parse_rfc3339(text);
    REQUIRE(time);
    return *time;
}

std::string text_of(std::size_t bytes) {
    return "\"" + std::string(bytes, 'x') + "\"";
}

const std::string hex_digest(64, 'a');

KeySettings current_settings() {
    KeySettings current;
    current.name = "First";
    current.owner = "acme";
    current.metadata = R"({"a":1,"deep":{"x":1.0,"y":2}})";
    current.expires_at = at("2030-01-01T00:00:00Z");
    current.rate_limit = RateLimit{5, std::chrono::minutes(1)};
    current.quota = QuotaLimit{10, std::chrono::days(30)};
    current.allowed_ranges = {*parse_range("10.0.0.0/8")};
    return current;
}

std::uint32_t bit(Setting setting) {
    return 1U << static_cast<unsigned>(setting);
}

TEST_CASE("a patch names what it changes, and null clears") {
    const auto one = parse_change_key(R"({"name":"Second","reason":"why"})", current_settings());
    REQUIRE(one);
    CHECK(one->command.changed == bit(Setting::name));
    CHECK(one->command.settings.name == "Second");
    CHECK(one->remarks.reason == "why");
    CHECK_FALSE(one->merged);
    const auto all =
        parse_change_key(R"({"owner":null,"metadata":null,"expiresAt":null,"rateLimit":null,
                                          "quota":null,"allowedIps":null})",
                         current_settings());
    REQUIRE(all);
    CHECK(all->command.changed ==
          (bit(Setting::owner) | bit(Setting::metadata) | bit(Setting::expires_at) |
           bit(Setting::rate_limit) | bit(Setting::quota) | bit(Setting::allowed_ranges)));
    CHECK(all->command.settings == KeySettings{});
    CHECK_FALSE(all->merged);
    const auto nothing = parse_change_key("{}", current_settings());
    REQUIRE(nothing);
    CHECK(nothing->command.changed == 0);
}

TEST_CASE("a patch merges objects with what is there") {
    const auto metadata = parse_change_key(
        R"({"metadata":{"a":null,"deep":{"y":3},"b":{"c":null}}})", current_settings());
    REQUIRE(metadata);
    CHECK(metadata->command.settings.metadata == R"({"deep":{"x":1.0,"y":3},"b":{}})");
    CHECK(metadata->merged);
    const auto limit = parse_change_key(R"({"rateLimit":{"limit":9},"quota":{"window":null}})",
                                        current_settings());
    REQUIRE(limit);
    CHECK(limit->command.settings.rate_limit == RateLimit{9, std::chrono::minutes(1)});
    CHECK(limit->command.settings.quota == QuotaLimit{10, std::nullopt});
    CHECK(limit->merged);
    const auto fresh = parse_change_key(R"({"metadata":{"a":1,"b":null}})", KeySettings{});
    REQUIRE(fresh);
    CHECK(fresh->command.settings.metadata == R"({"a":1})");
    CHECK_FALSE(fresh->merged);
    CHECK(blames_of(parse_change_key(R"({"rateLimit":{"limit":9}})", KeySettings{})) ==
          std::vector<Blame>{{"/rateLimit/window", Problem::missing_field}});
    CHECK(blames_of(parse_change_key(R"({"rateLimit":{"limit":null}})", current_settings())) ==
          std::vector<Blame>{{"/rateLimit/limit", Problem::missing_field}});
    const auto grown = "{\"metadata\":{\"b\":" + text_of(metadata_bytes_max - 20) + "}}";
    CHECK(parse_change_key(grown, KeySettings{}));
    CHECK(blames_of(parse_change_key(grown, current_settings())) ==
          std::vector<Blame>{{"/metadata", Problem::too_large}});
}

TEST_CASE("a patch of what can't change is refused") {
    CHECK(blames_of(parse_change_key(R"({"name":null})", current_settings())) ==
          std::vector<Blame>{{"/name", Problem::cannot_be_null}});
    for (const char* name : {"id", "environment", "scopes", "resource", "notBefore", "status",
                             "secrets", "revision", "digest"}) {
        INFO(name);
        const std::string patch = "{\"" + std::string(name) + "\":null}";
        CHECK(blames_of(parse_change_key(patch, current_settings())) ==
              std::vector<Blame>{{"/" + std::string(name), Problem::unknown_field}});
    }
    CHECK(blames_of(parse_change_key(R"({"metadata":{"a":1,"a":2}})", current_settings())) ==
          std::vector<Blame>{{"/metadata/a", Problem::duplicate_member}});
    CHECK(blames_of(parse_change_key(R"({"metadata":[],"owner":""})", current_settings())) ==
          sorted({{"/metadata", Problem::not_an_object}, {"/owner", Problem::empty_text}}));
}

TEST_CASE("scopes are read with what an empty list means") {
    const auto body = parse_scopes(R"({"scopes":[],"all":true,"reason":"r"})");
    REQUIRE(body);
    CHECK(body->scopes.empty());
    CHECK(body->all);
    const auto plain = parse_scopes(R"({"scopes":["a:b"]})");
    REQUIRE(plain);
    CHECK(plain->scopes == std::vector<std::string>{"a:b"});
    CHECK_FALSE(plain->all);
    CHECK(blames_of(parse_scopes("{}")) == std::vector<Blame>{{"/scopes", Problem::missing_field}});
    CHECK(blames_of(parse_scopes(R"({"scopes":[],"all":"yes"})")) ==
          std::vector<Blame>{{"/all", Problem::not_a_boolean}});
    CHECK(blames_of(parse_scopes("")) == std::vector<Blame>{{"", Problem::empty_body}});
}

TEST_CASE("a rotation and a bare remark need no body") {
    for (const char* text : {"", "{}"}) {
        const auto body = parse_rotate(text);
        REQUIRE(body);
        CHECK(body->grace == Duration::zero());
    }
    const auto day = parse_rotate(R"({"grace":"24h","force":true})");
    REQUIRE(day);
    CHECK(day->grace == std::chrono::hours(24));
    CHECK(day->remarks.force);
    CHECK(blames_of(parse_rotate(R"({"grace":null})")) ==
          std::vector<Blame>{{"/grace", Problem::not_a_string}});
    CHECK(blames_of(parse_rotate(R"({"grace":"367d"})")) ==
          std::vector<Blame>{{"/grace", Problem::duration_out_of_range}});
    CHECK(blames_of(parse_rotate(R"({"grace":0})")) ==
          std::vector<Blame>{{"/grace", Problem::not_a_string}});
    CHECK(blames_of(parse_rotate(R"({"grace":"-1s"})")) ==
          std::vector<Blame>{{"/grace", Problem::not_a_duration}});
    CHECK(parse_remarks(""));
    CHECK(parse_remarks("{}"));
    CHECK(blames_of(parse_remarks(" ")) == std::vector<Blame>{{"", Problem::malformed_json}});
    CHECK(blames_of(parse_remarks(R"({"grace":"0s"})")) ==
          std::vector<Blame>{{"/grace", Problem::unknown_field}});
    const auto reason = parse_remarks(R"({"reason":"leaked","force":false})");
    REQUIRE(reason);
    CHECK(reason->reason == "leaked");
    CHECK_FALSE(reason->force);
}

TEST_CASE("keys are revoked by an owner or by ids, never both") {
    const std::string id = "key_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const auto owner = parse_revoke_keys(R"({"owner":"acme"})");
    REQUIRE(owner);
    CHECK(owner->owner == "acme");
    CHECK(owner->keys.empty());
    const auto ids = parse_revoke_keys("{\"ids\":[\"" + id + "\"],\"reason\":\"leak\"}");
    REQUIRE(ids);
    CHECK_FALSE(ids->owner);
    REQUIRE(ids->keys.size() == 1);
    CHECK(to_text(ids->keys[0]) == id);
    CHECK(ids->remarks.reason == "leak");
    CHECK(blames_of(parse_revoke_keys("{\"owner\":\"a\",\"ids\":[\"" + id + "\"]}")) ==
          std::vector<Blame>{{"", Problem::both_fields}});
    CHECK(blames_of(parse_revoke_keys("{}")) == std::vector<Blame>{{"", Problem::neither_field}});
    CHECK(blames_of(parse_revoke_keys(R"({"owner":null})")) ==
          std::vector<Blame>{{"", Problem::neither_field}});
    CHECK(blames_of(parse_revoke_keys(R"({"owner":""})")) ==
          std::vector<Blame>{{"/owner", Problem::empty_text}});
    CHECK(blames_of(parse_revoke_keys(R"({"ids":[]})")) ==
          std::vector<Blame>{{"/ids", Problem::empty_list}});
    CHECK(blames_of(parse_revoke_keys("{\"ids\":[\"" + id + "\",\"key_x\",5]}")) ==
          sorted({{"/ids/1", Problem::not_a_key_id}, {"/ids/2", Problem::not_a_key_id}}));
}

TEST_CASE("tokens are hashed at once, and digests are read") {
    const auto tokens = parse_revoke_tokens(R"({"tokens":["secret-1","\u00e9"]})");
    REQUIRE(tokens);
    CHECK(tokens->digests ==
          std::vector<Digest>{digest_of_token("secret-1"), digest_of_token("é")});
    const auto digests = parse_revoke_tokens("{\"digests\":[\"sha256:" + hex_digest + "\"]}");
    REQUIRE(digests);
    REQUIRE(digests->digests.size() == 1);
    CHECK(to_hex(view_of(digests->digests[0])) == hex_digest);
    CHECK(blames_of(parse_revoke_tokens("{}")) == std::vector<Blame>{{"", Problem::neither_field}});
    CHECK(blames_of(parse_revoke_tokens(R"({"tokens":["a"],"digests":[]})")) ==
          std::vector<Blame>{{"", Problem::both_fields}});
    CHECK(blames_of(parse_revoke_tokens("{\"tokens\":[\"\"," + text_of(513) + ",1]}")) ==
          sorted({{"/tokens/0", Problem::empty_text},
                  {"/tokens/1", Problem::too_long},
                  {"/tokens/2", Problem::not_a_string}}));
    CHECK(blames_of(parse_revoke_tokens(R"({"digests":["sha256:"]})")) ==
          std::vector<Blame>{{"/digests/0", Problem::not_a_digest}});
}

}  // namespace
}  // namespace keyledger
