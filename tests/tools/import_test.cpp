#include "tests/support/temporary_directory.hpp"
#include "tools/commands/import_cutter.hpp"
#include "tools/commands/import_existing.hpp"
#include "tools/commands/import_state.hpp"
#include "tools/read_file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

namespace keyledger {
namespace {

std::string line_of(std::size_t number, std::size_t filler = 0) {
    return R"({"digest":"sha256:)" + std::to_string(number) + R"(","name":")" +
           std::string(filler, 'x') + R"("})";
}

// Gives the text in pieces of that many bytes.
ImportCutter::Source pieces(const std::string& text, std::size_t bytes) {
    return [&text, bytes, at = std::size_t{0}](std::string& out) mutable {
        if (at >= text.size()) return false;
        out.append(text, at, bytes);
        at += bytes;
        return true;
    };
}

std::vector<ImportPart> cut(const std::string& text, std::size_t bytes = 1000) {
    ImportCutter cutter(pieces(text, bytes));
    std::vector<ImportPart> parts;
    do {
        parts.push_back(cutter.next());
    } while (!parts.back().is_last && parts.back().problem.empty());
    return parts;
}

TEST_CASE("a small file is one call, however it is read") {
    const std::string text = line_of(1) + "\n\n" + line_of(2) + "\r\n  \n" + line_of(3);
    const std::size_t bytes = GENERATE(std::size_t{1}, std::size_t{7}, std::size_t{10'000});
    const std::vector<ImportPart> parts = cut(text, bytes);
    REQUIRE(parts.size() == 1);
    CHECK(parts[0].items == line_of(1) + "," + line_of(2) + "," + line_of(3));
    CHECK(parts[0].lines == std::vector<std::uint64_t>{1, 3, 5});
    CHECK(parts[0].offset == text.size());
    CHECK(parts[0].lines_end == 5);
    CHECK(parts[0].read == text);
}

TEST_CASE("a call's items can be taken out of it one by one") {
    const std::vector<ImportPart> parts =
        cut(line_of(1) + "\n\n" + line_of(22) + "\n" + line_of(3));
    REQUIRE(parts.size() == 1);
    REQUIRE(parts[0].begins.size() == 3);
    CHECK(parts[0].item(0) == line_of(1));
    CHECK(parts[0].item(1) == line_of(22));
    CHECK(parts[0].item(2) == line_of(3));
}

std::vector<std::size_t> existing(int status, std::string body) {
    return existing_in({.status = status, .headers = {}, .body = std::move(body), .problem = {}});
}

TEST_CASE("an answer names the items that are there already, and is of nothing else") {
    using Places = std::vector<std::size_t>;
    const auto faults = [](const std::string& pointers) {
        return R"({"code": "conflict", "errors": [)" + pointers + "]}";
    };
    const std::string seventh = R"({"pointer": "/items/7/digest"})";
    CHECK(existing(409, faults(seventh)) == Places{7});
    CHECK(existing(409, faults(seventh + R"(, {"pointer": "/items/0/digest"}, )" + seventh)) ==
          Places{0, 7});
    CHECK(existing(400, faults(seventh)).empty());
    CHECK(existing(409, faults(seventh + R"(, {"pointer": "/items/1/name"})")).empty());
    for (const char* pointer : {"/items/x/digest", "/items//digest", "/items/digest", "/items/1",
                                "/items/-1/digest", "/items/1/a/digest", "/items/1e3/digest", ""}) {
        INFO(pointer);
        CHECK(existing(409, faults(R"({"pointer": ")" + std::string(pointer) + "\"}")).empty());
    }
    for (const char* body : {"", "{}", "[]", R"({"errors": []})", R"({"errors": [1]})"}) {
        CHECK(existing(409, body).empty());
    }
}

TEST_CASE("a digest that stands before in a call is found, in any case") {
    using Places = std::vector<std::size_t>;
    CHECK(repeated_in({"sha256:aa", "sha256:bb", "sha256:AA", "", "", "sha256:aa"}) ==
          Places{2, 5});
    CHECK(repeated_in({}).empty());
}

TEST_CASE("what stands at some places is taken away, and the rest keeps its order") {
    std::vector<std::size_t> items{10, 11, 12, 13};
    erase_at(items, {0, 3});
    CHECK(items == std::vector<std::size_t>{11, 12});
    erase_at(items, {});
    CHECK(items.size() == 2);
    erase_at(items, {0, 1});
    CHECK(items.empty());
}

TEST_CASE("a file of nothing is no call") {
    for (const std::string text : {"", "\n\n", " \r\n"}) {
        const std::vector<ImportPart> parts = cut(text);
        REQUIRE(parts.size() == 1);
        CHECK(parts[0].lines.empty());
        CHECK(parts[0].offset == text.size());
    }
}

TEST_CASE("a call has at most so many items") {
    std::string text;
    for (std::size_t i = 0; i < import_items_max + 1; ++i) text += line_of(i) + "\n";
    const std::vector<ImportPart> parts = cut(text, 5000);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].lines.size() == import_items_max);
    CHECK(parts[1].lines == std::vector<std::uint64_t>{import_items_max + 1});
    CHECK(parts[0].read + parts[1].read == text);
    CHECK(parts[1].offset == text.size());
}

TEST_CASE("a file of just as many items as a call takes is one call") {
    std::string text;
    for (std::size_t i = 0; i < import_items_max; ++i) text += line_of(i) + "\n";
    CHECK(cut(text, 5000).size() == 1);
}

TEST_CASE("a call has at most so many bytes") {
    std::string text;
    for (std::size_t i = 0; i < 10; ++i) text += line_of(i, import_bytes_max / 4) + "\n";
    const std::vector<ImportPart> parts = cut(text, 100'000);
    CHECK(parts.size() == 4);
    std::string read;
    for (const ImportPart& part : parts) {
        CHECK(part.items.size() <= import_bytes_max);
        read += part.read;
        CHECK(part.offset == read.size());
    }
    CHECK(read == text);
}

TEST_CASE("a call has at most so many values") {
    std::string scopes = "1";
    for (int i = 0; i < 999; ++i) scopes += ",1";
    std::string text;
    for (std::size_t i = 0; i < 800; ++i) {
        text += R"({"digest":"d","scopes":[)" + scopes + "]}\n";
    }
    const std::vector<ImportPart> parts = cut(text, 100'000);
    REQUIRE(parts.size() == 3);
    CHECK(parts[0].lines.size() == 398);  // 1003 values each
}

TEST_CASE("a bad line is named, with the first of its call") {
    struct Case {
        std::string line, problem;
    };
    const auto [line, problem] = GENERATE(table<std::string, std::string>(
        {{"{", "3: is not JSON, or has a member twice"},
         {"[]", "3: is not a JSON object"},
         {"{}", "3: has no digest"},
         {R"({"digest":1})", "3: has no digest"},
         {R"({"digest":"a","digest":"b"})", "3: is not JSON, or has a member twice"},
         {"\xff", "3: is not JSON, or has a member twice"}}));
    const std::vector<ImportPart> parts =
        cut(line_of(1) + "\n" + line_of(2) + "\n" + line + "\n" + line_of(4) + "\n");
    REQUIRE(parts.size() == 1);
    CHECK(parts[0].problem == problem);
    CHECK_FALSE(parts[0].is_last);
}

TEST_CASE("a line that no call takes is refused before all of it is read") {
    std::size_t given = 0;
    ImportCutter cutter([&given](std::string& out) {
        out.append(1 << 20, 'x');
        given += 1 << 20;
        return true;
    });
    CHECK(cutter.next().problem == "1: is too long for one call");
    CHECK(given <= import_bytes_max + (2 << 20));
}

TEST_CASE("a file that is read again from where a call ended is cut in the same places") {
    std::string text;
    for (std::size_t i = 0; i < 3 * import_items_max; ++i) text += line_of(i) + "\n";
    const std::vector<ImportPart> parts = cut(text, 5000);
    const std::string rest = text.substr(parts[0].offset);
    ImportCutter again(pieces(rest, 777), parts[0].offset, parts[0].lines_end);
    const ImportPart second = again.next();
    CHECK(second.items == parts[1].items);
    CHECK(second.lines == parts[1].lines);
    CHECK(second.offset == parts[1].offset);
}

TEST_CASE("the state of an import is read as it was written") {
    const ImportState state{"acme", 1'234'567'890'123, 10'001, 9'990, 10, std::string(64, 'a')};
    CHECK(parse_import_state(to_text(state)) == state);
    const auto older =
        parse_import_state(R"({"workspace":"a","offset":1,"lines":1,"keys":1,"sha256":"x"})");
    CHECK(older == ImportState{"a", 1, 1, 1, 0, "x"});
    for (const char* const text :
         {"", "{}", "[]", R"({"workspace":"a","offset":1})",
          R"({"workspace":"a","offset":1,"lines":1,"keys":1,"skipped":-1,"sha256":""})",
          R"({"workspace":"a","offset":-1,"lines":1,"keys":1,"sha256":""})",
          R"({"workspace":"a","offset":1.5,"lines":1,"keys":1,"sha256":""})"}) {
        INFO(text);
        CHECK_FALSE(parse_import_state(text));
    }
}

TEST_CASE("the state's file is replaced whole") {
    const TemporaryDirectory directory;
    const std::string file = directory.path() + "/state";
    ImportState state{"acme", 1, 1, 1, 0, "x"};
    CHECK(write_import_state(file, state).empty());
    state.offset = 2;
    CHECK(write_import_state(file, state).empty());
    CHECK(parse_import_state(read_file(file, 1000).text) == state);
    CHECK_FALSE(write_import_state(directory.path() + "/none/state", state).empty());
}

TEST_CASE("a running digest is that of all bytes so far") {
    RunningDigest digest;
    // Known values of SHA-256 (FIPS 180-4, of "" and "abc").
    CHECK(digest.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest.add("a");
    digest.add("bc");
    CHECK(digest.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(digest.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace keyledger
