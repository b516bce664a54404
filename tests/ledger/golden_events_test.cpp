// Bytes that were once written stay readable, and say what they said.

#include "tests/support/golden_events.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/stored/event_codec.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <string>

namespace keyledger {

namespace {

struct GoldenLine {
    std::string type, leaf, personal;
};

// A line is the event's type, its leaf and, where there are any, its personal values, in
// hexadecimal.
std::vector<GoldenLine> golden_lines(const std::string& name) {
    std::ifstream file(std::string(KEYLEDGER_ROOT) + "/tests/golden/" + name);
    std::vector<GoldenLine> lines;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        const auto first = line.find(' '), second = line.find(' ', first + 1);
        REQUIRE(first != std::string::npos);
        const auto leaf = from_hex(line.substr(first + 1, second - first - 1));
        const auto personal = from_hex(second == std::string::npos ? "" : line.substr(second + 1));
        REQUIRE(leaf);
        REQUIRE(personal);
        lines.push_back({line.substr(0, first), *leaf, *personal});
    }
    return lines;
}

}  // namespace

TEST_CASE("the stored events of schema 1 say what they said when they were written") {
    const auto lines = golden_lines("events_v1.txt");
    const auto events = golden_events();
    REQUIRE(lines.size() == events.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        INFO(lines[i].type);
        const auto decoded = decode(lines[i].leaf, lines[i].personal);
        REQUIRE(decoded);
        CHECK(type_name(decoded->body) == lines[i].type);
        CHECK(decoded->envelope == events[i].envelope);
        CHECK(decoded->body == events[i].body);
    }
}

TEST_CASE("an event is still written as schema 1 wrote it") {
    const auto lines = golden_lines("events_v1.txt");
    auto events = golden_events();
    REQUIRE(lines.size() == events.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        INFO(lines[i].type);
        // The salts of that time stand in the personal values.
        SeededRandom salts(i);
        const StoredEvent stored = encode(events[i], salts);
        CHECK(stored.leaf.size() == lines[i].leaf.size());
        CHECK(stored.personal.size() == lines[i].personal.size());
        auto erased = decode(lines[i].leaf, "");
        REQUIRE(erased);
        CHECK(encode(*erased, salts).leaf == lines[i].leaf);
    }
}

TEST_CASE("the fields of a stored event stand where the schema puts them") {
    // Read by hand from the bytes, so that the schema's layout is held by more than its own code:
    // the frame, the pointer to the root, then its words, little-endian.
    for (const GoldenLine& line : golden_lines("events_v1.txt")) {
        INFO(line.type);
        CHECK(to_hex(line.leaf.substr(0, 8)) == "4b4c000100000001");
        if (line.personal.empty()) continue;
        CHECK(to_hex(line.leaf.substr(16, 8)) == "0807060504030201");  // seq
        CHECK(to_hex(line.leaf.substr(24, 16)) ==
              "457312f0debc9a01"  // id, in halves
              "222301efcdab6789");
        CHECK(to_hex(line.leaf.substr(40, 8)) == "fb4fe2ffa1010000");  // time
        CHECK(to_hex(line.leaf.substr(48, 8)) == "0300000000000000");  // streamRevision
        CHECK(to_hex(line.leaf.substr(56, 4)) == "02000000");          // commandEvents
        CHECK(static_cast<int>(line.leaf[61]) == 1);                   // actorKind
    }
}

}  // namespace keyledger
