#include "tools/terminal/table.hpp"

#include "tools/terminal/json_view.hpp"
#include "tools/terminal/progress.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_width.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

using std::chrono::milliseconds;

JsonValue json(std::string_view text) {
    FaultList faults;
    std::optional<JsonValue> value = parse_json(text, faults);
    REQUIRE(value);
    return *value;
}

TEST_CASE("a text is as wide as a terminal shows it") {
    CHECK(text_width("") == 0);
    CHECK(text_width("abc") == 3);
    CHECK(text_width("é") == 1);
    CHECK(text_width("e\u0301") == 1);  // an accent that stands over the letter before
    CHECK(text_width("鍵") == 2);
    CHECK(text_width("한국어") == 6);
    CHECK(text_width("\U0001F511") == 2);  // a key, as an emoji
    CHECK(text_width("\u200b") == 0);
    CHECK(text_width("\xff\xfe") == 2);  // no UTF-8: a column for each byte
    CHECK(text_width("\xe9") == 1);
}

TEST_CASE("a text is cut to columns, never within a character") {
    CHECK(cut_to_width("abcdef", 6) == "abcdef");
    CHECK(cut_to_width("abcdef", 4) == "abc…");
    CHECK(cut_to_width("鍵鍵鍵", 5) == "鍵鍵…");
    CHECK(cut_to_width("鍵鍵鍵", 4) == "鍵…");  // the second would take columns 3 and 4
    CHECK(cut_to_width("abc", 1) == "…");
    CHECK(cut_to_width("abc", 0).empty());
}

TEST_CASE("columns are as wide as their widest cell, and lines end without blanks") {
    const Table table{{"ID", "OWNER", "NAME"}, {{"1", "鍵", "a"}, {"22", "ada", ""}}};
    CHECK(table_text(table, 0) ==
          "ID  OWNER  NAME\n"
          "1   鍵     a\n"
          "22  ada\n");
}

TEST_CASE("a table without titles has no line of them") {
    CHECK(table_text({{}, {{"a", "b"}}}, 0) == "a  b\n");
    CHECK(table_text({}, 0).empty());
}

TEST_CASE("a terminal's width cuts the last cell alone") {
    const Table table{{"ID", "SCOPES"}, {{"key_1", "leads:read, leads:write"}}};
    CHECK(table_text(table, 16) ==
          "ID     SCOPES\n"
          "key_1  leads:re…\n");
}

TEST_CASE("a cell can't move the cursor") {
    CHECK(table_text({{}, {{"a\x1b[2Jb", "c\nd"}}}, 0) == "a\\u001b[2Jb  c\\nd\n");
}

TEST_CASE("what a terminal obeys is written out, and lines stay lines") {
    CHECK(shown_text("").empty());
    CHECK(shown_text("\n\na\n") == "\n\na\n");
    CHECK(shown_text("a\x1b[2J\nb\xc2\x9b\u202e\tñ") == "a\\u001b[2J\nb\\u009b\\u202e\\tñ");
    const JsonValue value = json(R"({"a": "\u0007\u007f\u0085\u2066 ñ"})");
    CHECK(json(shown_text(indented_json(value))) == value);
    CHECK(cell_text(member_at(value, "a")) == "\\u0007\\u007f\\u0085\\u2066 ñ");
}

TEST_CASE("JSON values are shown as people write them") {
    const JsonValue key = json(R"({"name": "a", "owner": null, "scopes": ["x:y", "z:*"], "none": [],
        "rateLimit": {"limit": 300, "window": "1m"},
        "quota": {"limit": 10, "window": null, "remaining": 4, "resetsAt": null},
        "resource": {"kind": "agent", "id": "a1"}, "actor": {"kind": "system", "id": null},
        "state": {"limit": 5, "remaining": 3, "reset": 60}, "on": true,
        "other": {"a": 1, "b": "c"}})");
    const auto shown = [&key](std::string_view path) { return cell_text(member_at(key, path)); };
    CHECK(shown("name") == "a");
    CHECK(shown("owner") == "-");
    CHECK(shown("missing") == "-");
    CHECK(shown("missing.more") == "-");
    CHECK(shown("scopes") == "x:y, z:*");
    CHECK(shown("none") == "-");
    CHECK(shown("rateLimit") == "300/1m");
    CHECK(shown("rateLimit.window") == "1m");
    CHECK(shown("quota") == "10, 4 left");
    CHECK(shown("state") == "5, 3 left");
    CHECK(shown("resource") == "agent/a1");
    CHECK(shown("actor") == "system");
    CHECK(shown("on") == "yes");
    CHECK(shown("other") == "a=1 b=c");
}

TEST_CASE("indented JSON is the same JSON") {
    const JsonValue value = json(R"({"a":[1,{"b":"\"x\""}],"c":{},"d":[],"e":null,"f":1.50})");
    const std::string text = indented_json(value);
    CHECK(json(text) == value);
    CHECK(text.starts_with("{\n  \"a\": [\n    1,\n    {\n      \"b\": \"\\\"x\\\"\"\n"));
    CHECK(text.ends_with("\"f\": 1.50\n}\n"));
}

TEST_CASE("details have a line for each member, and for each object of a list") {
    const Table table = details_of(json(R"({"id": "k", "secrets": [{"v": 1}, {"v": 2}]})"));
    CHECK(table.rows == std::vector<TableRow>{{"id", "k"}, {"secrets", "v=1"}, {"", "v=2"}});
}

TEST_CASE("progress says how much, which share and how fast") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1000) == "1,000");
    CHECK(grouped(1234567) == "1,234,567");
    const ProgressState half{"imported", 12000, "keys", 50, 100};
    CHECK(progress_text(half, milliseconds(4000)) == "imported 12,000 keys, 50 %, 3,000/s");
    const ProgressState unknown{"imported", 5, "keys", 50, 0};
    CHECK(progress_text(unknown, milliseconds(0)) == "imported 5 keys");
}

}  // namespace
}  // namespace keyledger
