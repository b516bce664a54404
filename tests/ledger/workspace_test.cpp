#include "ledger/rules/workspace.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

WorkspaceDocument with_catalogue(const std::vector<std::string>& scopes) {
    WorkspaceDocument document;
    for (const std::string& scope : scopes) document.scopes.push_back({scope, "what it is for"});
    return document;
}

}  // namespace

TEST_CASE("an environment is found by its name, not by its tag") {
    WorkspaceDocument document = with_catalogue({});
    document.environments = {{"production", "live", {}}, {"live", "dev", {}}};
    REQUIRE(find_environment(document, "production") != nullptr);
    CHECK(find_environment(document, "production")->tag == "live");
    REQUIRE(find_environment(document, "live") != nullptr);
    CHECK(find_environment(document, "live")->tag == "dev");
    CHECK(find_environment(document, "live") == &document.environments[1]);
    CHECK(find_environment(document, "dev") == nullptr);
    CHECK(find_environment(document, "Live") == nullptr);
    CHECK(find_environment(document, "") == nullptr);
    CHECK(find_environment(with_catalogue({}), "live") == nullptr);
}

TEST_CASE("an empty catalogue holds every well-formed scope") {
    const WorkspaceDocument document = with_catalogue({});
    CHECK(in_catalogue(document, GENERATE("leads:read", "leads:*", "*")));
}

TEST_CASE("a catalogue holds what it lists") {
    const WorkspaceDocument document = with_catalogue({"leads:read", "agents:*"});
    CHECK(in_catalogue(document, "leads:read"));
    CHECK(in_catalogue(document, "agents:*"));
    CHECK_FALSE(in_catalogue(document, "leads:write"));
    CHECK_FALSE(in_catalogue(document, "leads:rea"));
    CHECK_FALSE(in_catalogue(document, "leads:reads"));
    CHECK_FALSE(in_catalogue(document, "Leads:read"));
    // That the wildcard may be granted does not add what it covers to the catalogue.
    CHECK_FALSE(in_catalogue(document, "agents:call"));
}

TEST_CASE("a catalogue holds the wildcard of each resource that it names") {
    const WorkspaceDocument document = with_catalogue({"leads:read", "agents:*"});
    CHECK(in_catalogue(document, "leads:*"));
    CHECK(in_catalogue(document, "*"));
    CHECK_FALSE(in_catalogue(document, "lead:*"));
    CHECK_FALSE(in_catalogue(document, "leads2:*"));
    CHECK_FALSE(in_catalogue(document, "calls:*"));
}

TEST_CASE("no catalogue holds what is no scope") {
    const auto text = GENERATE("", "leads", "leads:", ":read", "*:*", "*:read", "leads:read ");
    CHECK_FALSE(in_catalogue(with_catalogue({}), text));
    CHECK_FALSE(in_catalogue(with_catalogue({"leads:read"}), text));
}

}  // namespace keyledger
