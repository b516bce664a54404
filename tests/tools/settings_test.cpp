#include "tools/settings.hpp"

#include "tests/support/temporary_directory.hpp"
#include "tools/settings_table.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <set>

namespace keyledger {
namespace {

using Texts = std::vector<std::string>;

LoadedSettings load(std::vector<FlagValue> flags,
                    std::map<std::string, std::string> environment = {},
                    SettingsUse use = SettingsUse::check) {
    return load_settings({std::move(flags), std::move(environment)}, use);
}

// What is said of a file with that text, without the file's name.
Texts problems_of_file(const std::string& text) {
    const TemporaryDirectory directory;
    const std::string file = directory.write("a.toml", text);
    Texts problems;
    for (const std::string& problem : load({{"config", {file}}}).problems) {
        REQUIRE(problem.starts_with(file + ":"));
        problems.push_back(problem.substr(file.size() + 1));
    }
    return problems;
}

Settings settings_of_file(const std::string& text) {
    const TemporaryDirectory directory;
    const LoadedSettings loaded = load({{"config", {directory.write("a.toml", text)}}});
    REQUIRE(loaded.problems == Texts{});
    return loaded.settings;
}

TEST_CASE("without any source the defaults hold") {
    const LoadedSettings loaded = load({});
    REQUIRE(loaded.problems == Texts{});
    CHECK(loaded.places.empty());
    CHECK(loaded.settings.listen == std::vector{*parse_endpoint("127.0.0.1:8470")});
    CHECK(loaded.settings.usage.flush_interval == std::chrono::milliseconds(100));
    CHECK(loaded.settings.usage.detail == UsageDetail::folded);
    CHECK(loaded.settings.limits.connections_max == 10'000);
    CHECK(loaded.settings.limits.body_bytes_max == 1'048'576);
    CHECK(loaded.settings.limits.import_bytes_max == 8'388'608);
    CHECK(loaded.settings.limits.queue_max == 100'000);
    CHECK(loaded.settings.snapshot.every_events == 1'000'000);
    CHECK(loaded.settings.snapshot.keep == 2);
    CHECK_FALSE(loaded.settings.plain_http);
    for (const char* const inside : {"127.0.0.1", "127.255.255.255", "::1"}) {
        CHECK(contains(loaded.settings.trusted_networks, *parse_address(inside)));
        CHECK(contains(loaded.settings.trusted_proxies, *parse_address(inside)));
    }
    CHECK_FALSE(contains(loaded.settings.trusted_networks, *parse_address("128.0.0.1")));
}

TEST_CASE("a file sets every kind of value") {
    const Settings settings = settings_of_file(R"(
data = "/var/lib/keyledger"
listen = ["127.0.0.1:1", "[::1]:2", "localhost:3", "unix:/run/a,b.sock"]
plain_http = true
threads = 3
trusted_networks = []
trusted_proxies = ["10.0.0.0/8"]
usage.detail = "each"
[limits]
body_bytes_max = "512KiB"
import_bytes_max = 4096
idle_timeout = "2m"
[log]
level = "warning"
format = "json"
)");
    CHECK(settings.data == "/var/lib/keyledger");
    REQUIRE(settings.listen.size() == 4);
    CHECK(settings.listen[1] == *parse_endpoint("[::1]:2"));
    CHECK(settings.listen[2] == *parse_endpoint("127.0.0.1:3"));
    CHECK(settings.listen[3].unix_path == "/run/a,b.sock");
    CHECK(settings.plain_http);
    CHECK(settings.threads == 3);
    CHECK(settings.trusted_networks.empty());
    CHECK(settings.trusted_proxies == std::vector{*parse_range("10.0.0.0/8")});
    CHECK(settings.usage.detail == UsageDetail::each);
    CHECK(settings.limits.body_bytes_max == 524'288);
    CHECK(settings.limits.import_bytes_max == 4096);
    CHECK(settings.limits.idle_timeout == std::chrono::seconds(120));
    CHECK(settings.log.level == LogLevel::warning);
    CHECK(settings.log.format == LogFormat::json);
}

TEST_CASE("flags win over the environment, the environment over the file, the file over defaults") {
    const TemporaryDirectory directory;
    const std::string file = directory.write("a.toml",
                                             "threads = 1\nsnapshot.keep = 1\n"
                                             "limits.queue_max = 1\n");
    const LoadedSettings loaded =
        load({{"config", {file}}, {"threads", {"3"}}},
             {{"KEYLEDGER_THREADS", "2"}, {"KEYLEDGER_SNAPSHOT_KEEP", "2"}});
    REQUIRE(loaded.problems == Texts{});
    CHECK(loaded.settings.threads == 3);
    CHECK(loaded.settings.snapshot.keep == 2);
    CHECK(loaded.settings.limits.queue_max == 1);
    CHECK(loaded.settings.limits.connections_max == 10'000);
    CHECK(loaded.places.at("threads") == "--threads");
    CHECK(loaded.places.at("snapshot.keep") == "KEYLEDGER_SNAPSHOT_KEEP");
    CHECK(loaded.places.at("limits.queue_max") == file + ":3:20");
    CHECK_FALSE(loaded.places.contains("limits.connections_max"));
}

TEST_CASE("the file may be named by the environment, and the flag wins there too") {
    const TemporaryDirectory directory;
    const std::string one = directory.write("1.toml", "threads = 1\n");
    const std::string two = directory.write("2.toml", "threads = 2\n");
    CHECK(load({}, {{"KEYLEDGER_CONFIG", one}}).settings.threads == 1);
    CHECK(load({{"config", {two}}}, {{"KEYLEDGER_CONFIG", one}}).settings.threads == 2);
}

TEST_CASE("a wrong value is refused even where a stronger source hides it") {
    const LoadedSettings loaded = load({{"threads", {"3"}}}, {{"KEYLEDGER_THREADS", "many"}});
    CHECK(loaded.problems ==
          Texts{"KEYLEDGER_THREADS: must be a whole number from 0 to 256, and is many"});
}

TEST_CASE("lists take commas in flags and variables, and a flag may stand more than once") {
    const LoadedSettings loaded =
        load({{"listen", {"127.0.0.1:1,127.0.0.1:2", "unix:/a"}}},
             {{"KEYLEDGER_TRUSTED_NETWORKS", "10.0.0.0/8,::1"}, {"KEYLEDGER_TRUSTED_PROXIES", ""}});
    REQUIRE(loaded.problems == Texts{});
    CHECK(loaded.settings.listen.size() == 3);
    CHECK(loaded.settings.trusted_networks ==
          std::vector{*parse_range("10.0.0.0/8"), *parse_range("::1")});
    CHECK(loaded.settings.trusted_proxies.empty());
}

TEST_CASE("a wrong value in a file is shown by line and column") {
    const std::string endpoint =
        "must be an address with a port, or a socket, such as 127.0.0.1:8470, "
        "[::1]:8470, localhost:8470 or unix:/run/keyledger.sock";
    const std::string network =
        "must be a network such as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7, "
        "with no bits set behind its prefix";
    const std::string interval = "must be a duration such as 100ms or 5s, from 10ms to 10s";
    const std::pair<std::string, std::string> cases[] = {
        {"threads = 1025", "1:11: must be a whole number from 0 to 256, and is 1025"},
        {"\n  threads = -1", "2:13: must be a whole number from 0 to 256, and is -1"},
        {"threads = \"4\"", "1:11: must be a whole number from 0 to 256"},
        {"threads = 4.0", "1:11: must be a whole number from 0 to 256"},
        {"data = \"\"", "1:8: must be a path, and is empty"},
        {"data = 1", "1:8: must be a path"},
        {"data = \"a\\u0000b\"", "1:8: has a zero byte in it"},
        {"origin = \"a b\"", "1:10: may have neither spaces nor '+' nor anything outside ASCII"},
        {"origin = \"a+b\"", "1:10: may have neither spaces nor '+' nor anything outside ASCII"},
        {"plain_http = \"true\"", "1:14: must be true or false"},
        {"plain_http = 1", "1:14: must be true or false"},
        {"listen = \"127.0.0.1:1\"", "1:10: must be an array of texts, each " + endpoint.substr(8)},
        {"listen = [1]", "1:11: must be an array of texts, each " + endpoint.substr(8)},
        {"listen = []", "1:10: must name at least one listener"},
        {"listen = [\n  \"127.0.0.1:1\",\n  \"example.com:1\"]",
         "3:3: " + endpoint + ", and is example.com:1"},
        {"trusted_networks = [\"10.0.0.1/8\"]", "1:21: " + network + ", and is 10.0.0.1/8"},
        {"[usage]\nflush_interval = \"9ms\"", "2:18: " + interval + ", and is 9ms"},
        {"[usage]\nflush_interval = \"11s\"", "2:18: " + interval + ", and is 11s"},
        {"[usage]\nflush_interval = 100", "2:18: " + interval},
        {"usage.detail = \"some\"", "1:16: must be folded or each, and is some"},
        {"limits.body_bytes_max = \"17MiB\"",
         "1:25: must be bytes such as 16384, 512KiB or 1MiB, from 1KiB to 16MiB, and is 17MiB"},
        {"limits.body_bytes_max = \"18446744073709551615MiB\"",
         "1:25: must be bytes such as 16384, 512KiB or 1MiB, from 1KiB to 16MiB, and is "
         "18446744073709551615MiB"},
        {"log.level = \"INFO\"",
         "1:13: must be debug or info or warning or error or critical, and is INFO"},
    };
    for (const auto& [text, expected] : cases) {
        INFO(text);
        CHECK(problems_of_file(text) == Texts{expected});
    }
}

TEST_CASE("an unknown name in a file is shown by line and column, with the one that was meant") {
    CHECK(problems_of_file("no_such_setting = 1") == Texts{"1:1: unknown setting no_such_setting"});
    CHECK(problems_of_file("# a\n[usage]\n detial = \"each\"") ==
          Texts{"3:2: unknown setting usage.detial; did you mean usage.detail?"});
    CHECK(problems_of_file("[uasge]\ndetail = \"each\"") ==
          Texts{"1:2: uasge is no table of settings"});
    CHECK(problems_of_file("usage = 1") == Texts{"1:1: unknown setting usage"});
    CHECK(problems_of_file("\"a\\nb\" = 1") == Texts{"1:1: unknown setting a\\nb"});
}

TEST_CASE("what is for one start alone can't stand in a file or in the environment") {
    CHECK(problems_of_file("dev = true") == Texts{"1:1: dev can't stand in a file"});
    CHECK(problems_of_file("config = \"b\"") == Texts{"1:1: config can't stand in a file"});
    CHECK(load({}, {{"KEYLEDGER_REBUILD", "true"}}).problems ==
          Texts{"KEYLEDGER_REBUILD: is for one start alone; give --rebuild"});
}

TEST_CASE("a file that is not TOML is shown by line and column") {
    // Where it went wrong is fixed; the words are the library's.
    const std::pair<std::string, std::string> cases[] = {
        {"threads = 1\n  listen = ]\n", "2:12: "},
        {"[usage\n", "1:7: "},
        {"threads\n", "1:8: "},
    };
    for (const auto& [text, place] : cases) {
        INFO(text);
        const Texts problems = problems_of_file(text);
        REQUIRE(problems.size() == 1);
        INFO(problems[0]);
        CHECK(problems[0].starts_with(place));
    }
}

TEST_CASE("all that is wrong in a file is said, in its order") {
    CHECK(problems_of_file("threads = -1\nz = 1\na = 1\n") ==
          Texts{"1:11: must be a whole number from 0 to 256, and is -1", "2:1: unknown setting z",
                "3:1: unknown setting a"});
}

TEST_CASE("a file that can't be read is named") {
    const TemporaryDirectory directory;
    const std::string none = directory.file("none.toml");
    CHECK(load({{"config", {none}}}).problems ==
          Texts{none + ": can't be read: No such file or directory"});
    CHECK(load({{"config", {directory.path()}}}).problems ==
          Texts{directory.path() + ": can't be read: Is a directory"});
    const std::string big =
        directory.write("big.toml", std::string(config_file_bytes_max + 1, '\n'));
    CHECK(load({{"config", {big}}}).problems ==
          Texts{big + ": can't be read: longer than 1048576 bytes"});
}

TEST_CASE("an unknown variable is refused, and its value, which may be secret, is not shown") {
    const Texts problems = load({}, {{"KEYLEDGER_TOKN", "hr_live_secret"}}).problems;
    CHECK(problems == Texts{"KEYLEDGER_TOKN: unknown setting; did you mean KEYLEDGER_TOKEN?"});
}

TEST_CASE("the variables of the commands that call a server are no settings, and no mistake") {
    CHECK(load({}, {{"KEYLEDGER_URL", "x"}, {"KEYLEDGER_TOKEN", "y"}}).problems == Texts{});
}

TEST_CASE("a wrong or unknown flag is named") {
    CHECK(load({{"threads", {"x"}}}).problems ==
          Texts{"--threads: must be a whole number from 0 to 256, and is x"});
    CHECK(load({{"data", {"a", "b"}}}).problems == Texts{"--data: is given 2 times"});
    CHECK(load({{"thraeds", {}}}).problems ==
          Texts{"--thraeds: unknown setting; did you mean --threads?"});
    CHECK(load({{"recover", {"true"}}}).problems == Texts{"--recover: unknown setting"});
}

TEST_CASE("a value can't forge a second line of what is said") {
    const Texts problems = load({{"threads", {"1\nready http://evil"}}}).problems;
    CHECK(problems == Texts{"--threads: must be a whole number from 0 to 256, and is "
                            "\"1\\nready http://evil\""});
}

TEST_CASE("every setting has names of its own, and its default is one that it takes") {
    std::set<std::string> flags, variables;
    Settings settings;
    for (const Setting& setting : settings_table()) {
        INFO(setting.name);
        CHECK(flags.insert(flag_of(setting)).second);
        CHECK(variables.insert(variable_of(setting)).second);
        CHECK_FALSE(setting.help.empty());
        CHECK_FALSE(setting.help.ends_with('.'));
        const Field field = setting.field(settings);
        const std::string value = plain_text(field);
        CHECK(setting.value.empty() == std::holds_alternative<SwitchField>(field));
        if (value.empty()) continue;
        CHECK(store(field, {ValueForm::text, {{value, "here"}}, "here"}) == std::nullopt);
        CHECK(plain_text(setting.field(settings)) == value);
    }
}

TEST_CASE("a configuration as it came out is a file that gives the same again") {
    LoadedSettings first = load({{"listen", {"127.0.0.1:1,unix:/a"}},
                                 {"trusted-proxies", {""}},
                                 {"limits-body-bytes-max", {"1025"}},
                                 {"data", {"a\"\\\tb"}},
                                 {"log-level", {"error"}}});
    REQUIRE(first.problems == Texts{});
    const std::string text = settings_toml(first);
    const Settings second = settings_of_file(text);
    CHECK(second.listen == first.settings.listen);
    CHECK(second.trusted_proxies.empty());
    CHECK(second.limits.body_bytes_max == 1025);
    CHECK(second.data == "a\"\\\tb");
    CHECK(second.log.level == LogLevel::error);
    CHECK(text.find("level = \"error\"  # --log-level\n") != std::string::npos);
    CHECK(text.find("threads = 0  # default\n") != std::string::npos);
}

TEST_CASE("tools/SETTINGS.md is what `keyledger config table` prints") {
    std::ifstream stream(KEYLEDGER_ROOT "/tools/SETTINGS.md");
    const std::string page{std::istreambuf_iterator<char>(stream), {}};
    CHECK(page == settings_markdown());
}

}  // namespace
}  // namespace keyledger
