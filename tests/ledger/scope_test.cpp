#include "ledger/rules/scope.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

TEST_CASE("a scope is a resource and an action, or a wildcard") {
    const std::string_view text = GENERATE("leads:read", "leads:*", "*", "a:b", "0:9",
                                           "A.b-c_d:E.f-g_h", ".:.", "-:-", "_:_", "keys:verify");
    INFO(text);
    CHECK(is_scope(text));
}

TEST_CASE("what is no scope is refused") {
    CHECK_FALSE(
        is_scope(GENERATE("", ":", "leads", "leads:", ":read", "*:read", "*:*", "**", "leads:**",
                          "leads:re*", "leads:*d", "le*:read", "leads:read:all", "leads::read",
                          "leads :read", "leads: read", " leads:read", "leads:read ",
                          "leads:read\n", "leads,read", "leads/read", "leads:read,leads:write",
                          "leads:r\xc3\xa9"
                          "ad",
                          "leads:\"", "%2A", "leads:read/x", "* ", "leads;read", "leads:@",
                          "leads:[", "leads:`", "leads:{")));
    CHECK_FALSE(is_scope(std::string_view("leads:\0", 7)));
    CHECK_FALSE(is_scope(std::string_view("*\0", 2)));
}

TEST_CASE("a scope has at most 128 bytes") {
    CHECK(is_scope("leads:" + std::string(122, 'r')));
    CHECK_FALSE(is_scope("leads:" + std::string(123, 'r')));
    CHECK(is_scope(std::string(126, 'r') + ":*"));
    CHECK_FALSE(is_scope(std::string(127, 'r') + ":*"));
}

TEST_CASE("a scope covers itself") {
    const auto scope = GENERATE("leads:read", "leads:*", "*");
    CHECK(covers(scope, scope));
}

TEST_CASE("a wildcard covers what it stands for") {
    CHECK(covers("leads:*", "leads:read"));
    CHECK(covers("*", "leads:read"));
    CHECK(covers("*", "leads:*"));
}

TEST_CASE("a scope does not cover another, nor one wider than itself") {
    CHECK_FALSE(covers("leads:read", "leads:write"));
    CHECK_FALSE(covers("leads:read", "leads:*"));
    CHECK_FALSE(covers("leads:read", "*"));
    CHECK_FALSE(covers("leads:*", "*"));
    CHECK_FALSE(covers("leads:*", "leads2:read"));
    CHECK_FALSE(covers("leads:*", "lead:read"));
    CHECK_FALSE(covers("lead:*", "leads:read"));
    CHECK_FALSE(covers("leads:read", "leads:readall"));
    CHECK_FALSE(covers("leads:readall", "leads:read"));
    CHECK_FALSE(covers("leads:read", "LEADS:READ"));
    CHECK_FALSE(covers("leads:*", "Leads:read"));
    CHECK_FALSE(covers("leads:read", ""));
    CHECK_FALSE(covers("", "leads:read"));
}

TEST_CASE("a list covers what one of it covers") {
    const std::vector<std::string> granted{"leads:read", "agents:*"};
    CHECK(covers(granted, "leads:read"));
    CHECK(covers(granted, "agents:call"));
    CHECK_FALSE(covers(granted, "leads:write"));
    CHECK_FALSE(covers(granted, "*"));
    CHECK_FALSE(covers(std::vector<std::string>{}, "leads:read"));
    CHECK(covers(std::vector<std::string>{"*"}, "*"));
}

TEST_CASE("covering is passed on: what covers a cover covers all below it") {
    const std::vector<std::string> scopes{"*",    "a:*", "a:b", "a:c",  "ab:*",
                                          "ab:b", "A:*", "A:b", "a:bc", "a.b:*"};
    for (const auto& first : scopes) {
        for (const auto& second : scopes) {
            const bool both_ways = covers(first, second) && covers(second, first);
            CHECK(both_ways == (first == second));
            for (const auto& third : scopes) {
                if (covers(first, second) && covers(second, third)) CHECK(covers(first, third));
            }
        }
    }
}

TEST_CASE("the canonical order is sorted, with each scope once") {
    using Scopes = std::vector<std::string>;
    CHECK(in_canonical_order({}) == Scopes{});
    CHECK(in_canonical_order({"b:x", "a:y", "b:x", "*", "a:*"}) ==
          Scopes{"*", "a:*", "a:y", "b:x"});
    // A wildcard does not swallow what it covers: the text is what was granted.
    CHECK(in_canonical_order({"a:b", "*"}) == Scopes{"*", "a:b"});
}

TEST_CASE("the canonical order does not depend on the order given") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    std::vector<std::string> scopes{"a:b", "a:b", "a:*", "*", "Z:z", "a.b:c", "a-b:c", "0:0"};
    const auto expected = in_canonical_order(scopes);
    for (int round = 0; round < 100; ++round) {
        std::shuffle(scopes.begin(), scopes.end(), engine);
        CHECK(in_canonical_order(scopes) == expected);
    }
    CHECK(in_canonical_order(expected) == expected);
}

}  // namespace keyledger
