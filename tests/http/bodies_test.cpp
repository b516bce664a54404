#include "http/admin/bodies.hpp"

#include "tests/http/faults.hpp"

namespace keyledger {
namespace {

using Problem = FieldProblem;

const std::string hex_digest(64, 'a');

std::string create_with(const std::string& members) {
    return R"({"name":"x","environment":"live","scopes":[])" + members + "}";
}

Timestamp at(std::string_view text) {
    const auto time = parse_rfc3339(text);
    REQUIRE(time);
    return *time;
}

std::string text_of(std::size_t bytes) {
    return "\"" + std::string(bytes, 'x') + "\"";
}

TEST_CASE("a new key is read with every field") {
    const auto body = parse_create_key(R"({
        "name": "Producción «1»", "environment": "live", "scopes": ["leads:read", "leads:*", "*"],
        "resource": {"kind": "agent", "id": "agent/12 3"}, "owner": "acme",
        "metadata": { "plan": "pro", "n": 1.50, "list": [1, null] },
        "expiresAt": "2030-01-02T03:04:05.678+01:00", "notBefore": "2029-01-01T00:00:00Z",
        "rateLimit": {"limit": 300.0, "window": "1m"}, "quota": {"limit": 1e3, "window": "30d"},
        "allowedIps": ["192.0.2.0/24", "2001:db8::1"], "reason": "a\nreason", "force": true})");
    REQUIRE(body);
    const CreateKey& command = body->command;
    CHECK(command.settings.name == "Producción «1»");
    CHECK(command.environment == "live");
    CHECK(command.scopes == std::vector<std::string>{"leads:read", "leads:*", "*"});
    CHECK(command.resource == Resource{"agent", "agent/12 3"});
    CHECK(command.settings.owner == "acme");
    CHECK(command.settings.metadata == R"({"plan":"pro","n":1.50,"list":[1,null]})");
    CHECK(command.settings.expires_at == at("2030-01-02T02:04:05.678Z"));
    CHECK(command.not_before == at("2029-01-01T00:00:00Z"));
    CHECK(command.settings.rate_limit == RateLimit{300, std::chrono::minutes(1)});
    CHECK(command.settings.quota == QuotaLimit{1000, std::chrono::days(30)});
    REQUIRE(command.settings.allowed_ranges.size() == 2);
    CHECK(to_text(command.settings.allowed_ranges[0]) == "192.0.2.0/24");
    CHECK(command.origin == Origin::minted);
    CHECK(body->remarks.reason == "a\nreason");
    CHECK(body->remarks.force);
}

TEST_CASE("what a new key leaves out or sets to null is not there") {
    for (const char* members :
         {"", R"(,"resource":null,"owner":null,"metadata":null,"expiresAt":null,"notBefore":null,)"
              R"("rateLimit":null,"quota":null,"allowedIps":null,"reason":null,"force":null)"}) {
        const auto body = parse_create_key(create_with(members));
        REQUIRE(body);
        CHECK(body->command.settings == KeySettings{.name = "x",
                                                    .owner = {},
                                                    .metadata = {},
                                                    .expires_at = {},
                                                    .rate_limit = {},
                                                    .quota = {},
                                                    .allowed_ranges = {}});
        CHECK_FALSE(body->command.resource);
        CHECK_FALSE(body->command.not_before);
        CHECK(body->remarks.reason.empty());
        CHECK_FALSE(body->remarks.force);
    }
    const auto quota = parse_create_key(create_with(R"(,"quota":{"limit":0,"window":null})"));
    REQUIRE(quota);
    CHECK(quota->command.settings.quota == QuotaLimit{0, std::nullopt});
    const auto metadata = parse_create_key(create_with(R"(,"metadata":{})"));
    REQUIRE(metadata);
    CHECK(metadata->command.settings.metadata == "{}");
}

TEST_CASE("a wrong field of a new key is blamed for what is wrong with it") {
    const std::string scope_too_long = "\"" + std::string(127, 'a') + ":b\"";
    const std::vector<std::pair<std::string, Blame>> wrong{
        {R"("owner":5)", {"/owner", Problem::not_a_string}},
        {R"("owner":"")", {"/owner", Problem::empty_text}},
        {"\"owner\":" + text_of(201), {"/owner", Problem::too_long}},
        {R"("owner":"a\u0000b")", {"/owner", Problem::control_character}},
        {R"("owner":"a\u007f")", {"/owner", Problem::control_character}},
        {R"("owner":"a\u0085")", {"/owner", Problem::control_character}},
        {R"("owner":"a\tb")", {"/owner", Problem::control_character}},
        {R"("resource":"agent/1")", {"/resource", Problem::not_an_object}},
        {R"("resource":{"kind":"agent"})", {"/resource/id", Problem::missing_field}},
        {R"("resource":{"kind":"a b","id":"x"})", {"/resource/kind", Problem::not_a_name}},
        {R"("resource":{"kind":"a","id":""})", {"/resource/id", Problem::empty_text}},
        {R"("resource":{"kind":"a","id":"x","more":1})",
         {"/resource/more", Problem::unknown_field}},
        {"\"resource\":{\"kind\":\"a\",\"id\":" + text_of(201) + "}",
         {"/resource/id", Problem::too_long}},
        {R"("metadata":[1])", {"/metadata", Problem::not_an_object}},
        {R"("metadata":"{}")", {"/metadata", Problem::not_an_object}},
        {"\"metadata\":{\"a\":" + text_of(metadata_bytes_max) + "}",
         {"/metadata", Problem::too_large}},
        {R"("expiresAt":"tomorrow")", {"/expiresAt", Problem::not_a_time}},
        {R"("expiresAt":"2030-01-01")", {"/expiresAt", Problem::not_a_time}},
        {R"("expiresAt":"-24h")", {"/expiresAt", Problem::not_a_time}},
        {R"("expiresAt":1893456000)", {"/expiresAt", Problem::not_a_string}},
        {R"("notBefore":"2026-13-01T00:00:00Z")", {"/notBefore", Problem::not_a_time}},
        {R"("rateLimit":5)", {"/rateLimit", Problem::not_an_object}},
        {R"("rateLimit":{"limit":1})", {"/rateLimit/window", Problem::missing_field}},
        {R"("rateLimit":{"limit":null,"window":"1m"})",
         {"/rateLimit/limit", Problem::not_a_whole_number}},
        {R"("rateLimit":{"limit":1.5,"window":"1m"})",
         {"/rateLimit/limit", Problem::not_a_whole_number}},
        {R"("rateLimit":{"limit":"1","window":"1m"})",
         {"/rateLimit/limit", Problem::not_a_whole_number}},
        {R"("rateLimit":{"limit":true,"window":"1m"})",
         {"/rateLimit/limit", Problem::not_a_whole_number}},
        {R"("rateLimit":{"limit":0,"window":"1m"})", {"/rateLimit/limit", Problem::out_of_range}},
        {R"("rateLimit":{"limit":-1,"window":"1m"})", {"/rateLimit/limit", Problem::out_of_range}},
        {R"("rateLimit":{"limit":1000000001,"window":"1m"})",
         {"/rateLimit/limit", Problem::out_of_range}},
        {R"("rateLimit":{"limit":99999999999999999999999,"window":"1m"})",
         {"/rateLimit/limit", Problem::out_of_range}},
        {R"("rateLimit":{"limit":1,"window":60})", {"/rateLimit/window", Problem::not_a_string}},
        {R"("rateLimit":{"limit":1,"window":"soon"})",
         {"/rateLimit/window", Problem::not_a_duration}},
        {R"("rateLimit":{"limit":1,"window":"0s"})",
         {"/rateLimit/window", Problem::duration_out_of_range}},
        {R"("rateLimit":{"limit":1,"window":"367d"})",
         {"/rateLimit/window", Problem::duration_out_of_range}},
        {R"("rateLimit":{"limit":1,"window":"1500ms"})",
         {"/rateLimit/window", Problem::not_whole_seconds}},
        {R"("quota":{"limit":-1})", {"/quota/limit", Problem::out_of_range}},
        {R"("quota":{"limit":1000000000000001})", {"/quota/limit", Problem::out_of_range}},
        {R"("quota":{"limit":1,"window":"0s"})", {"/quota/window", Problem::duration_out_of_range}},
        {R"("quota":{"limit":1,"remaining":1})", {"/quota/remaining", Problem::unknown_field}},
        {R"("allowedIps":"10.0.0.0/8")", {"/allowedIps", Problem::not_an_array}},
        {R"("allowedIps":["10.0.0.0/8","300.0.0.1"])",
         {"/allowedIps/1", Problem::not_an_address_range}},
        {R"("allowedIps":["10.0.0.1/8"])", {"/allowedIps/0", Problem::not_an_address_range}},
        {R"("allowedIps":[7])", {"/allowedIps/0", Problem::not_a_string}},
        {R"("reason":5)", {"/reason", Problem::not_a_string}},
        {R"("reason":"\u0000")", {"/reason", Problem::control_character}},
        {"\"reason\":" + text_of(1001), {"/reason", Problem::too_long}},
        {R"("force":1)", {"/force", Problem::not_a_boolean}},
        {R"("surprise":1)", {"/surprise", Problem::unknown_field}},
        {R"("a/b~c":1)", {"/a~1b~0c", Problem::unknown_field}},
        {R"("id":null)", {"/id", Problem::unknown_field}},
        {R"("owner":"a","owner":"b")", {"/owner", Problem::duplicate_member}},
        {R"("metadata":{"a":{"b":1,"b":2}})", {"/metadata/a/b", Problem::duplicate_member}},
    };
    for (const auto& [member, blame] : wrong) {
        INFO(member.substr(0, 100));
        CHECK(blames_of(parse_create_key(create_with("," + member))) == std::vector<Blame>{blame});
    }
    const std::vector<std::pair<std::string, Blame>> scopes{
        {R"("leads:read")", {"/scopes", Problem::not_an_array}},
        {R"(null)", {"/scopes", Problem::not_an_array}},
        {R"(["a:b",1])", {"/scopes/1", Problem::not_a_scope}},
        {R"(["leads"])", {"/scopes/0", Problem::not_a_scope}},
        {R"(["*:read"])", {"/scopes/0", Problem::not_a_scope}},
        {R"(["a:b c"])", {"/scopes/0", Problem::not_a_scope}},
        {"[" + scope_too_long + "]", {"/scopes/0", Problem::not_a_scope}},
    };
    for (const auto& [value, blame] : scopes) {
        INFO(value);
        const Blame expected{blame.first,
                             value.find('1') != value.npos ? Problem::not_a_string : blame.second};
        CHECK(blames_of(parse_create_key(R"({"name":"x","environment":"live","scopes":)" + value +
                                         "}")) == std::vector<Blame>{expected});
    }
}

TEST_CASE("limits are met exactly") {
    const std::string room(metadata_bytes_max - std::string_view(R"({"a":""})").size(), 'x');
    CHECK(parse_create_key(create_with(",\"metadata\":{\"a\":\"" + room + "\"}")));
    CHECK_FALSE(parse_create_key(create_with(",\"metadata\":{\"a\":\"" + room + "x\"}")));
    CHECK(parse_create_key(create_with(",\"owner\":" + text_of(owner_bytes_max))));
    CHECK(parse_create_key(create_with(R"(,"rateLimit":{"limit":1000000000,"window":"366d"})")));
    CHECK(parse_create_key(create_with(R"(,"rateLimit":{"limit":1,"window":"1s"})")));
    std::string ranges, scopes;
    for (int i = 0; i < 100; ++i) {
        ranges += "\"192.0.2." + std::to_string(i) + "\",";
        scopes += "\"a:s" + std::to_string(i) + "\",";
    }
    const auto with = [](const std::string& name, const std::string& items) {
        return R"({"name":"x","environment":"live",)" +
               (name == "scopes" ? std::string() : std::string(R"("scopes":[],)")) + "\"" + name +
               "\":[" + items.substr(0, items.size() - 1) + "]}";
    };
    CHECK(parse_create_key(with("allowedIps", ranges)));
    CHECK(parse_create_key(with("scopes", scopes)));
    CHECK(blames_of(parse_create_key(with("allowedIps", ranges + "\"::1\","))) ==
          std::vector<Blame>{{"/allowedIps", Problem::too_many_items}});
    CHECK(blames_of(parse_create_key(with("scopes", scopes + "\"b:c\","))) ==
          std::vector<Blame>{{"/scopes", Problem::too_many_items}});
}

TEST_CASE("all faults of a body are told at once") {
    CHECK(blames_of(parse_create_key(
              R"({"name":"","scopes":["x",{}],"rateLimit":{},"zzz":0,"zzz":1})")) ==
          sorted({{"/name", Problem::empty_text},
                  {"/environment", Problem::missing_field},
                  {"/scopes/0", Problem::not_a_scope},
                  {"/scopes/1", Problem::not_a_string},
                  {"/rateLimit/limit", Problem::missing_field},
                  {"/rateLimit/window", Problem::missing_field},
                  {"/zzz", Problem::duplicate_member},
                  {"/zzz", Problem::unknown_field},
                  {"/zzz", Problem::unknown_field}}));
    std::string many = R"({"name":"x","environment":"live","scopes":[)";
    for (int i = 0; i < 90; ++i) many += "1,";
    many.back() = ']';
    CHECK(blames_of(parse_create_key(many + "}")).size() == faults_max);
}

TEST_CASE("a body that is no object is one fault") {
    for (const char* text : {"[]", "null", "\"text\"", "7", "true"}) {
        INFO(text);
        const std::vector<Blame> blame{{"", Problem::not_an_object}};
        CHECK(blames_of(parse_create_key(text)) == blame);
        CHECK(blames_of(parse_import(text)) == blame);
        CHECK(blames_of(parse_change_key(text, {})) == blame);
        CHECK(blames_of(parse_scopes(text)) == blame);
        CHECK(blames_of(parse_rotate(text)) == blame);
        CHECK(blames_of(parse_remarks(text)) == blame);
        CHECK(blames_of(parse_revoke_keys(text)) == blame);
        CHECK(blames_of(parse_revoke_tokens(text)) == blame);
    }
    CHECK(blames_of(parse_create_key("{}}")) == std::vector<Blame>{{"", Problem::malformed_json}});
    CHECK(blames_of(parse_create_key("")) == std::vector<Blame>{{"", Problem::empty_body}});
}

TEST_CASE("an import reads each key and its digest") {
    const auto body = parse_import(R"({"reason":"moved","items":[
        {"digest":"sha256:)" + hex_digest +
                                   R"(","name":"a","environment":"live","scopes":["a:b"]},
        {"digest":"sha256:)" + std::string(64, 'B') +
                                   R"(","name":"b","environment":"test","scopes":[]}]})");
    REQUIRE(body);
    REQUIRE(body->items.size() == 2);
    CHECK(to_hex(view_of(body->items[0].digest)) == hex_digest);
    CHECK(to_hex(view_of(body->items[1].digest)) == std::string(64, 'b'));
    CHECK(body->items[0].origin == Origin::imported);
    CHECK(body->items[1].settings.name == "b");
    CHECK(body->items[0].hint.empty());
    CHECK(body->remarks.reason == "moved");
}

TEST_CASE("a wrong item of an import is blamed by its place") {
    const auto with = [](const std::string& digest, const std::string& more) {
        return R"({"items":[{"digest":)" + digest +
               R"(,"name":"a","environment":"live","scopes":[])" + more + "}]}";
    };
    const std::string good = "\"sha256:" + hex_digest + "\"";
    CHECK(parse_import(with(good, "")));
    for (const std::string& digest :
         {std::string("\"\""), std::string("\"sha256:abc\""), "\"md5:" + hex_digest + "\"",
          "\"" + hex_digest + "\"", "\"sha256:" + hex_digest + "aa\"",
          "\"sha256:g" + hex_digest.substr(1) + "\"", "\"SHA256:" + hex_digest + "\"",
          "\" sha256:" + hex_digest + "\""}) {
        INFO(digest);
        CHECK(blames_of(parse_import(with(digest, ""))) ==
              std::vector<Blame>{{"/items/0/digest", Problem::not_a_digest}});
    }
    CHECK(blames_of(parse_import(with("5", ""))) ==
          std::vector<Blame>{{"/items/0/digest", Problem::not_a_string}});
    for (const char* member : {"reason", "force", "hint", "token"}) {
        CHECK(blames_of(parse_import(with(good, ",\"" + std::string(member) + "\":\"x\""))) ==
              std::vector<Blame>{{"/items/0/" + std::string(member), Problem::unknown_field}});
    }
    CHECK(blames_of(parse_import(R"({"items":[]})")) ==
          std::vector<Blame>{{"/items", Problem::empty_list}});
    CHECK(blames_of(parse_import(R"({})")) ==
          std::vector<Blame>{{"/items", Problem::missing_field}});
    CHECK(blames_of(parse_import(R"({"items":[null]})")) ==
          std::vector<Blame>{{"/items/0", Problem::not_an_object}});
    std::string many = "{\"items\":[";
    for (std::size_t i = 0; i <= items_per_command_max; ++i) many += "0,";
    many.back() = ']';
    CHECK(blames_of(parse_import(many + "}")) ==
          std::vector<Blame>{{"/items", Problem::too_many_items}});
}

}  // namespace
}  // namespace keyledger
