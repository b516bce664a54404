#include "tools/profile.hpp"

#include "tests/support/temporary_directory.hpp"
#include "tools/read_file.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <set>
#include <string>

namespace keyledger {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(KEYLEDGER_ROOT) / "tools" / "profiles";

TEST_CASE("every profile of the folder is in the program, as it stands there") {
    std::set<std::string> in_the_folder;
    for (const auto& entry : fs::directory_iterator(folder)) {
        in_the_folder.insert(entry.path().stem().string());
    }
    std::set<std::string> in_the_program;
    for (const ShippedProfile& profile : shipped_profiles()) {
        const std::string name(profile.name);
        INFO(name);
        in_the_program.insert(name);
        CHECK(profile.document == read_file((folder / (name + ".json")).string(), 1 << 20).text);
        const LoadedProfile loaded = load_profile(name);
        CHECK(loaded.problem.empty());
        REQUIRE(loaded.document);
        CHECK(loaded.document->slug == name);
    }
    CHECK(in_the_program == in_the_folder);
}

TEST_CASE("a profile can be a file") {
    const TemporaryDirectory directory;
    const std::string path = directory.write("mine.json", R"({"slug": "mine", "name": "Mine",
        "prefix": "my", "environments": [{"name": "live", "tag": "live"}]})");
    const LoadedProfile loaded = load_profile(path);
    REQUIRE(loaded.document);
    CHECK(loaded.document->prefix == "my");
}

TEST_CASE("what is wrong with a profile is said with its place") {
    const TemporaryDirectory directory;
    const std::string path = directory.write(
        "wrong.json", R"({"slug": "wrong", "prefix": "NO", "environments": [], "colour": 1})");
    const LoadedProfile loaded = load_profile(path);
    CHECK_FALSE(loaded.document);
    for (const std::string pointer : {"/name", "/prefix", "/environments", "/colour"}) {
        INFO(pointer << " in " << loaded.problem);
        CHECK(loaded.problem.find(path + ": " + pointer + ": ") != std::string::npos);
    }
    const LoadedProfile none = load_profile(directory.file("none"));
    CHECK_FALSE(none.document);
    CHECK(none.problem.find("horneross, hostreach") != std::string::npos);
    CHECK(none.problem.ends_with("No such file or directory"));
}

}  // namespace
}  // namespace keyledger
