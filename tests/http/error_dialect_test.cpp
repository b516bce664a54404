#include "http/text/error_dialect.hpp"

#include "http/json_document.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

WorkspaceDocument with(std::string body, Pairs messages = {}, Pairs names = {},
                       Locale locale = Locale::en) {
    WorkspaceDocument document;
    document.slug = "acme";
    document.locale = locale;
    document.errors =
        ErrorDialect{"application/json", std::move(body), std::move(messages), std::move(names)};
    return document;
}

std::string denied(const WorkspaceDocument& document, Outcome outcome,
                   std::string_view request_id = "request-1") {
    const CompiledDialect dialect(document);
    std::string body = "before";
    dialect.append_body(body, outcome, request_id);
    REQUIRE(body.starts_with("before"));
    FaultList faults;
    CHECK(parse_json(std::string_view(body).substr(6), faults));
    CHECK(faults.empty());
    return body.substr(6);
}

std::vector<Outcome> denials() {
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; i < outcomes_count; ++i) {
        if (static_cast<Outcome>(i) != Outcome::valid) outcomes.push_back(static_cast<Outcome>(i));
    }
    return outcomes;
}

TEST_CASE("the status is a number where it stands alone and text elsewhere") {
    const auto document = with(R"({"a":"{status}","b":"{status} ","c":["{status}","x{status}y"]})");
    CHECK(denied(document, Outcome::revoked) == R"({"a":401,"b":"401 ","c":[401,"x401y"]})");
    CHECK(denied(document, Outcome::wrong_resource) == R"({"a":403,"b":"403 ","c":[403,"x403y"]})");
    CHECK(denied(document, Outcome::rate_limited) == R"({"a":429,"b":"429 ","c":[429,"x429y"]})");
    CHECK(denied(with(R"("{status}")"), Outcome::missing) == "401");
}

TEST_CASE("every placeholder is filled in, as a whole string and within one") {
    const auto document =
        with(R"({"m":"{message}","c":"{code}","n":"{name}","r":"{requestId}",)"
             R"("all":"<{code}|{name}|{requestId}|{requestId}|{status}|{message}>"})",
             {{"revoked", "Gone"}}, {{"401", "unauthorized"}});
    CHECK(denied(document, Outcome::revoked, "id-7") ==
          R"({"m":"Gone","c":"revoked","n":"unauthorized","r":"id-7",)"
          R"("all":"<revoked|unauthorized|id-7|id-7|401|Gone>"})");
}

TEST_CASE("what is no placeholder stays as it is, and so do the names of members") {
    const std::string body =
        R"({"{code}":"{other}","a":"{","b":"{{}","c":"{Status}","d":null,"e":[1.50,{}],"f":[]})";
    CHECK(denied(with(body), Outcome::expired) == body);
    CHECK(denied(with(R"("{{code}}")"), Outcome::expired) == R"("{expired}")");
    CHECK(denied(with(R"("{code{code}")"), Outcome::expired) == R"("{codeexpired")");
}

TEST_CASE("nothing that is filled in can break out of its string") {
    const std::string evil =
        "\"},\"admin\":true,\"x\":{\"\\\n\x01 </script> {code} {requestId} {status}";
    const auto document =
        with(R"({"m":"{message}","n":"a{name}b"})", {{"401", evil}}, {{"401", evil}});
    const std::string body = denied(document, Outcome::unknown);
    FaultList faults;
    const auto parsed = parse_json(body, faults);
    REQUIRE(parsed);
    REQUIRE(parsed->items.size() == 2);
    CHECK(parsed->find("m")->text == evil);
    CHECK(parsed->find("n")->text == "a" + evil + "b");
}

TEST_CASE("a request id can't break out either") {
    const std::string evil = "a\"b\\c\n{code}";
    const std::string body = denied(with(R"({"r":"{requestId}"})"), Outcome::unknown, evil);
    FaultList faults;
    CHECK(parse_json(body, faults)->find("r")->text == evil);
    CHECK(denied(with(R"({"r":"{requestId}"})"), Outcome::unknown, "") == R"({"r":""})");
}

TEST_CASE("what is filled in is not looked at again") {
    const auto document = with(R"("{message} {name}")", {{"401", "{name}{status}{requestId}"}},
                               {{"401", "{message}"}});
    CHECK(denied(document, Outcome::missing) == R"("{name}{status}{requestId} {message}")");
    const auto alone = with(R"("{message}")", {{"401", "{status}"}});
    CHECK(denied(alone, Outcome::missing) == R"("{status}")");
}

TEST_CASE("a text is looked up by code, then by status, then in the language") {
    const Pairs messages{{"401", "by status"}, {"revoked", "by code"}};
    const auto document = with(R"("{message}")", messages);
    CHECK(denied(document, Outcome::revoked) == R"("by code")");
    CHECK(denied(document, Outcome::expired) == R"("by status")");
    CHECK(denied(document, Outcome::rate_limited) == R"("Too many requests; try again later")");
    const auto spanish = with(R"("{message} {name}")", {}, {}, Locale::es);
    CHECK(denied(spanish, Outcome::missing) == R"("API key inválida o faltante No autorizado")");
    CHECK(denied(with(R"("{message} {name}")"), Outcome::missing) ==
          R"("Invalid or missing API key Unauthorized")");
}

TEST_CASE("without a dialect a denial is a problem document in the workspace's language") {
    WorkspaceDocument document;
    const CompiledDialect english(document);
    CHECK(english.content_type() == "application/problem+json");
    CHECK(
        denied(document, Outcome::insufficient_scope, "r-1") ==
        R"({"type":"urn:keyledger:problem:insufficient_scope","title":"Forbidden","status":403,)"
        R"("detail":"This API key lacks a scope that is needed here","code":"insufficient_scope",)"
        R"("requestId":"r-1"})");
    document.locale = Locale::es;
    CHECK(
        denied(document, Outcome::quota_exceeded, "r-1") ==
        R"({"type":"urn:keyledger:problem:quota_exceeded","title":"Demasiadas peticiones",)"
        R"("status":429,"detail":"La cuota de esta API key está agotada","code":"quota_exceeded",)"
        R"("requestId":"r-1"})");
}

TEST_CASE("every denial has a body of JSON in every dialect") {
    WorkspaceDocument none;
    for (const Outcome outcome : denials()) {
        INFO(to_text(outcome));
        CHECK(denied(none, outcome).find(to_text(outcome)) != std::string::npos);
        CHECK(denied(with(R"(["{code}"])"), outcome) ==
              "[\"" + std::string(to_text(outcome)) + "\"]");
        CHECK(denied(with("null"), outcome) == "null");
        CHECK(denied(with("17"), outcome) == "17");
    }
}

TEST_CASE("the content type is the dialect's own") {
    auto document = with("{}");
    document.errors->content_type = "application/vnd.acme+json; charset=utf-8";
    CHECK(CompiledDialect(document).content_type() == "application/vnd.acme+json; charset=utf-8");
}

TEST_CASE("a template that is no JSON falls back to a problem document") {
    for (const char* broken : {"", "{", "{\"a\":1}x", "{\"a\":1,\"a\":2}"}) {
        INFO(broken);
        const auto document = with(broken);
        CHECK(CompiledDialect(document).content_type() == "application/problem+json");
        CHECK(denied(document, Outcome::revoked).find("urn:keyledger:problem:revoked") !=
              std::string::npos);
    }
}

TEST_CASE("placeholders are counted wherever they can be filled in") {
    FaultList faults;
    const auto count = [&](std::string_view text) {
        const auto body = parse_json(text, faults);
        REQUIRE(body);
        return count_placeholders(*body);
    };
    CHECK(count(R"({"{code}":["{code}{name}","x {status}",{"a":"{requestId}{{message}"}]})") == 5);
    CHECK(count(R"(["{other}","{","{code",1,null])") == 0);
}

}  // namespace
}  // namespace keyledger
