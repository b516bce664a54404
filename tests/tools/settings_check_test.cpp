#include "tools/settings_check.hpp"

#include "tests/support/temporary_directory.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

using Texts = std::vector<std::string>;

LoadedSettings load(std::vector<FlagValue> flags,
                    std::map<std::string, std::string> environment = {},
                    SettingsUse use = SettingsUse::check) {
    return load_settings({std::move(flags), std::move(environment)}, use);
}

TEST_CASE("a listener that others can reach needs TLS or consent") {
    for (const std::string open : {"0.0.0.0:1", "[::]:1", "192.0.2.7:1", "[2001:db8::1]:1"}) {
        INFO(open);
        const Texts problems = load({{"listen", {"127.0.0.1:2," + open}}}).problems;
        REQUIRE(problems.size() == 1);
        CHECK(problems[0].starts_with("--listen: " + open + " can be reached from other machines"));
        CHECK(problems[0].find("--plain-http") != std::string::npos);
        CHECK(load({{"listen", {open}}, {"plain-http", {"true"}}}).problems == Texts{});
    }
    for (const char* const local :
         {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "unix:/a", "[::ffff:127.0.0.1]:1"}) {
        INFO(local);
        CHECK(load({{"listen", {local}}}).problems == Texts{});
    }
}

TEST_CASE("TLS makes a listener that others can reach good") {
    const TemporaryDirectory directory;
    const std::string pem = directory.write("a.pem", "-----BEGIN\n");
    CHECK(load({{"listen", {"0.0.0.0:1"}}, {"tls-cert", {pem}}, {"tls-key", {pem}}}).problems ==
          Texts{});
    CHECK(load({{"tls-cert", {pem}}}).problems ==
          Texts{"--tls-cert: needs its private key too: tls_key (--tls-key)"});
    CHECK(load({}, {{"KEYLEDGER_TLS_KEY", pem}}).problems ==
          Texts{"KEYLEDGER_TLS_KEY: needs its certificate too: tls_cert (--tls-cert)"});
    CHECK(load({{"tls-client-ca", {pem}}}).problems ==
          Texts{"--tls-client-ca: needs TLS: tls_cert (--tls-cert) and tls_key (--tls-key)"});
    const std::string none = directory.file("none");
    CHECK(load({{"tls-cert", {none}}, {"tls-key", {pem}}}).problems ==
          Texts{"--tls-cert: " + none + " can't be read: No such file or directory"});
}

TEST_CASE("a trial serves a ledger of its own, on this machine alone") {
    const auto serve = [](std::vector<FlagValue> flags) {
        return load(std::move(flags), {}, SettingsUse::serve).problems;
    };
    CHECK(serve({{"dev", {"true"}}}) == Texts{});
    CHECK(serve({{"dev", {"true"}}, {"profile", {"hostreach"}}}) == Texts{});
    CHECK(serve({{"data", {"d"}}, {"profile", {"hostreach"}}}) ==
          Texts{"--profile: is for a throw-away ledger, with --dev; a ledger that stays has its "
                "workspaces made over the API"});
    CHECK(serve({{"dev", {"true"}}, {"data", {"d"}}}) ==
          Texts{"--dev: makes a throw-away ledger of its own, and takes no data directory; one is "
                "given by --data"});
    const Texts open =
        serve({{"dev", {"true"}}, {"listen", {"0.0.0.0:1"}}, {"plain-http", {"true"}}});
    REQUIRE(open.size() == 1);
    CHECK(open[0].starts_with("--listen: 0.0.0.0:1 can be reached from other machines"));
}

TEST_CASE("to serve or make a ledger without naming it is wrong usage") {
    for (const SettingsUse use : {SettingsUse::serve, SettingsUse::init}) {
        const LoadedSettings loaded = load({}, {}, use);
        REQUIRE(loaded.problems.size() == 1);
        CHECK(loaded.problems[0].starts_with("--data: is missing"));
        CHECK(loaded.exit_code == ExitCode::usage);
    }
    CHECK(load({{"threads", {"x"}}}, {}, SettingsUse::serve).exit_code == ExitCode::configuration);
}

}  // namespace
}  // namespace keyledger
