#include "http/router.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace keyledger {

TEST_CASE("a path and a method lead to one route, with its variable parts decoded once") {
    const Routed made = route(Method::post, "/v1/workspaces/acme/keys");
    REQUIRE(made.kind == Routed::Kind::action);
    CHECK(made.action == Action::create_key);
    CHECK(made.captures == std::vector<std::string>{"acme"});
    CHECK(made.body == BodyRead::usual);

    const Routed encoded = route(Method::get, "/v1/workspaces/a%2562c");
    REQUIRE(encoded.kind == Routed::Kind::action);
    CHECK(encoded.captures == std::vector<std::string>{"a%62c"});

    const Routed rotated = route(Method::post, "/v1/keys/key_1:rotate");
    REQUIRE(rotated.kind == Routed::Kind::action);
    CHECK(rotated.action == Action::rotate_key);
    CHECK(rotated.captures == std::vector<std::string>{"key_1"});
}

TEST_CASE("HEAD is GET") {
    CHECK(route(Method::head, "/v1/events").action == Action::events);
    CHECK(route(Method::head, "/v1/me").kind == Routed::Kind::data);
}

TEST_CASE("paths are matched as they came, never normalised") {
    for (const char* path :
         {"", "/", "/v1", "/v1/", "//v1/events", "/v1//events", "/v1/events/", "/V1/events",
          "/v1/./events", "/v1/x/../events", "/v1%2Fevents", "/v1/%65vents", "/v1/keys/",
          "/v1/keys/key_1:", "/v1/keys/:rotate", "/v1/keys/a:b:rotate", "/v1/keys/%zz",
          "/v1/keys/%00", "/v1/authorize", "/v1/authorizer/x", "/v1/verify/", "/v1/verify/x"}) {
        CAPTURE(path);
        CHECK(route(Method::get, path).kind == Routed::Kind::unknown);
    }
}

TEST_CASE("a route that has the path but not the method says which it has") {
    const Routed wrong = route(Method::delete_, "/v1/workspaces");
    CHECK(wrong.kind == Routed::Kind::wrong_method);
    CHECK(wrong.allow == "POST, GET, HEAD");
    CHECK(route(Method::get, "/v1/verify").allow == "POST");
    CHECK(route(Method::get, "/v1/keys/key_1:rotate").allow == "POST");
    CHECK(route(Method::options, "/v1/keys/key_1/scopes").allow == "PUT");
}

TEST_CASE("the routes of gateways take any method, and what follows is theirs") {
    for (const Method method : {Method::get, Method::post, Method::put, Method::patch,
                                Method::delete_, Method::options, Method::other}) {
        const Routed asked = route(method, "/v1/authorize/acme/a:b/agent/7%2F8");
        REQUIRE(asked.kind == Routed::Kind::data);
        CHECK(asked.data == DataRoute::authorize);
        CHECK(asked.rest == "/acme/a:b/agent/7%2F8");
        CHECK(asked.body == BodyRead::nothing);
    }
    CHECK(route(Method::post, "/v1/ext-authz/acme/-/_/any/path").data == DataRoute::ext_authz);
}

}  // namespace keyledger
