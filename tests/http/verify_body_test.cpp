#include "http/data/verify_body.hpp"

#include "http/message.hpp"
#include "ledger/rules/scope.hpp"
#include "ledger/rules/secret.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace keyledger {
namespace {

struct Read {
    bool quick;                         // the fast reader took it
    std::vector<FieldFault> explained;  // what the slow one finds
    VerifyBody body;
    std::string text;  // what the body's views look at, with slack
};

Read read(std::string text) {
    Read read{};
    read.text = std::move(text);
    const std::size_t size = read.text.size();
    read.text.append(body_slack, '\0');
    const std::string_view body(read.text.data(), size);
    read.quick = parse_verify_body(body, read.body);
    read.explained = explain_verify_body(body);
    return read;
}

}  // namespace

TEST_CASE("a check says what it asks for") {
    const Read all = read(R"({"token":"t\u00e9","workspace":"acme","environment":"live",
        "scopes":["a:read","b:*"],"resource":{"kind":"agent","id":"7"},"ip":"192.0.2.1",
        "cost":5,"durable":true})");
    REQUIRE(all.quick);
    CHECK(all.explained.empty());
    CHECK(all.body.token == "t\u00e9");
    CHECK(all.body.workspace == "acme");
    CHECK(all.body.environment == "live");
    REQUIRE(all.body.scopes.size() == 2);
    CHECK(all.body.scopes[0] == "a:read");
    CHECK(all.body.scopes[1] == "b:*");
    REQUIRE(all.body.resource);
    CHECK(all.body.resource->kind == "agent");
    CHECK(all.body.resource->id == "7");
    CHECK(all.body.address == parse_address("192.0.2.1"));
    CHECK(all.body.cost == 5);
    CHECK(all.body.durable);
}

TEST_CASE("what a check leaves out or makes null is not asked for") {
    for (const char* text :
         {R"({"token":""})", R"({"workspace":null,"environment":null,"scopes":null,
            "resource":null,"ip":null,"cost":null,"durable":null,"token":""})"}) {
        const Read least = read(text);
        REQUIRE(least.quick);
        CHECK(least.explained.empty());
        CHECK_FALSE(least.body.workspace);
        CHECK_FALSE(least.body.environment);
        CHECK(least.body.scopes.size() == 0);
        CHECK_FALSE(least.body.resource);
        CHECK_FALSE(least.body.address);
        CHECK(least.body.cost == 1);
        CHECK_FALSE(least.body.durable);
    }
}

TEST_CASE("what the quick reader refuses the slow one explains, with the place") {
    struct Wrong {
        const char* text;
        const char* pointer;
    };
    for (const auto& [text, pointer] : std::vector<Wrong>{
             {"", ""},
             {"null", ""},
             {"[]", ""},
             {"{", ""},
             {R"({"token":"a"} x)", ""},
             {R"({"token":"a"}{})", ""},
             {"{\"token\":\"\xff\"}", ""},
             {R"({})", "/token"},
             {R"({"token":null})", "/token"},
             {R"({"token":5})", "/token"},
             {R"({"token":"a","token":"b"})", "/token"},
             {R"({"token":"a","tokens":[]})", "/tokens"},
             {R"({"token":"a","workspace":"No Slug"})", "/workspace"},
             {R"({"token":"a","environment":""})", "/environment"},
             {R"({"token":"a","scopes":"a:b"})", "/scopes"},
             {R"({"token":"a","scopes":["a:b","ab"]})", "/scopes/1"},
             {R"({"token":"a","scopes":[null]})", "/scopes/0"},
             {R"({"token":"a","resource":{"kind":"x"}})", "/resource/id"},
             {R"({"token":"a","resource":{"kind":"x","id":"1","more":1}})", "/resource/more"},
             {R"({"token":"a","resource":[]})", "/resource"},
             {"{\"token\":\"a\",\"resource\":{\"kind\":\"x\",\"id\":\"1\x7f\"}}", "/resource/id"},
             {R"({"token":"a","resource":{"kind":"x","id":"\u0085"}})", "/resource/id"},
             {R"({"token":"a","ip":"10.0.0.0/8"})", "/ip"},
             {R"({"token":"a","cost":-1})", "/cost"},
             {R"({"token":"a","cost":1.5})", "/cost"},
             {R"({"token":"a","cost":"1"})", "/cost"},
             {R"({"token":"a","cost":99999999999})", "/cost"},
             {R"({"token":"a","durable":1})", "/durable"},
         }) {
        CAPTURE(text);
        const Read wrong = read(text);
        CHECK_FALSE(wrong.quick);
        REQUIRE_FALSE(wrong.explained.empty());
        CHECK(wrong.explained.front().pointer == pointer);
    }
}

TEST_CASE("half of an escaped pair of surrogates is refused, and a whole one is read") {
    const Read whole = read(R"({"token":"\ud83d\uDD11\\ud800"})");
    REQUIRE(whole.quick);
    CHECK(whole.explained.empty());
    CHECK(whole.body.token == "\U0001f511\\ud800");
    for (const char* text :
         {R"({"token":"\udc00"})", R"({"token":"\ud83d"})", R"({"token":"\ud83d\u0041"})",
          R"({"token":"\ud83d\ud83d"})", R"({"token":"\ud83d\n"})", R"({"token":"\udd11\ud83d"})",
          R"({"token":"a","resource":{"kind":"x","id":"\uDFFF"}})"}) {
        CAPTURE(text);
        const Read half = read(text);
        CHECK_FALSE(half.quick);
        CHECK_FALSE(half.explained.empty());
    }
}

TEST_CASE("as many scopes as a key may have can be asked for, and no more") {
    std::string scopes;
    for (std::size_t i = 0; i < scopes_per_key_max; ++i) {
        scopes += (i ? "," : "") + ("\"a:s" + std::to_string(i) + "\"");
    }
    const Read most = read(R"({"token":"t","scopes":[)" + scopes + "]}");
    REQUIRE(most.quick);
    CHECK(most.body.scopes.size() == scopes_per_key_max);
    const Read more = read(R"({"token":"t","scopes":[)" + scopes + R"(,"a:more"]})");
    CHECK_FALSE(more.quick);
    CHECK_FALSE(more.explained.empty());
}

}  // namespace keyledger
