#include "http/admin/workspace_body.hpp"
#include "http/text/error_dialect.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

namespace keyledger {
namespace {

WorkspaceDocument profile(const std::string& name) {
    std::ifstream file(std::string(KEYLEDGER_ROOT) + "/tools/profiles/" + name);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto body = parse_workspace(text);
    REQUIRE(body);
    return body->document;
}

std::string denied(const CompiledDialect& dialect, Outcome outcome) {
    std::string body;
    dialect.append_body(body, outcome, "r-1");
    return body;
}

constexpr std::array<Outcome, 8> without_valid_key{
    Outcome::malformed, Outcome::unknown, Outcome::revoked,         Outcome::suspended,
    Outcome::pending,   Outcome::expired, Outcome::wrong_workspace, Outcome::missing};
constexpr std::array<Outcome, 4> forbidden{Outcome::wrong_environment, Outcome::ip_not_allowed,
                                           Outcome::wrong_resource, Outcome::insufficient_scope};
constexpr std::array<Outcome, 2> too_many{Outcome::rate_limited, Outcome::quota_exceeded};

TEST_CASE("the profile of Hostreach gives the scopes, prefixes and errors that its page promises") {
    const WorkspaceDocument document = profile("hostreach.json");
    CHECK(document.slug == "hostreach");
    CHECK(document.prefix == "hr");
    CHECK(find_environment(document, "live")->tag == "live");
    CHECK(find_environment(document, "test")->tag == "test");
    CHECK(document.empty_scopes == EmptyScopes::all);
    for (const std::string resource :
         {"campaigns", "leads", "extractions", "messaging", "templates", "accounts", "valuations",
          "fichas", "scheduling", "webhooks"}) {
        CHECK(in_catalogue(document, resource + ":read"));
        CHECK(in_catalogue(document, resource + ":write"));
    }
    CHECK(in_catalogue(document, "platforms:read"));
    CHECK_FALSE(in_catalogue(document, "platforms:write"));
    CHECK(document.scopes.size() == 21);
    const CompiledDialect dialect(document);
    CHECK(dialect.content_type() == "application/json");
    for (const Outcome outcome : without_valid_key) {
        CHECK(denied(dialect, outcome) ==
              R"({"statusCode":401,"message":"Invalid or missing API key"})");
    }
    for (const Outcome outcome : forbidden) {
        CHECK(
            denied(dialect, outcome).starts_with(R"({"statusCode":403,"message":"This API key )"));
    }
    for (const Outcome outcome : too_many) {
        CHECK(denied(dialect, outcome).starts_with(R"({"statusCode":429,"message":")"));
    }
}

TEST_CASE("the profile of Horneross gives the scopes, limits and errors that its page promises") {
    const WorkspaceDocument document = profile("horneross.json");
    CHECK(document.slug == "horneross");
    CHECK(document.prefix == "hr");
    CHECK(document.locale == Locale::es);
    const Environment* production = find_environment(document, "production");
    const Environment* development = find_environment(document, "dev");
    REQUIRE(production);
    REQUIRE(development);
    CHECK(production->tag == "sk");
    CHECK(production->rate_limit == RateLimit{300, std::chrono::minutes(1)});
    CHECK(development->tag == "dev");
    REQUIRE(development->rate_limit);
    CHECK(development->rate_limit->limit < production->rate_limit->limit);
    CHECK(development->rate_limit->window == production->rate_limit->window);
    for (const char* scope :
         {"agents:read", "agents:write", "conversations:read", "conversations:write",
          "datastores:read", "datastores:write", "analytics:read"}) {
        CHECK(in_catalogue(document, scope));
    }
    CHECK_FALSE(in_catalogue(document, "analytics:write"));
    CHECK(document.scopes.size() == 7);
    const CompiledDialect dialect(document);
    CHECK(dialect.content_type() == "application/json");
    for (const Outcome outcome : without_valid_key) {
        CHECK(denied(dialect, outcome) ==
              R"({"error":{"code":"unauthorized","message":"API key inválida o faltante"}})");
    }
    for (const Outcome outcome : forbidden) {
        CHECK(denied(dialect, outcome) ==
              R"({"error":{"code":"forbidden",)"
              R"("message":"No tenés permisos para acceder a este recurso"}})");
    }
    for (const Outcome outcome : too_many) {
        CHECK(denied(dialect, outcome)
                  .starts_with(R"({"error":{"code":"too_many_requests","message":")"));
    }
}

}  // namespace
}  // namespace keyledger
