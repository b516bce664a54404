// How a report goes out: its cells, its head, and its end.

#include "tools/command_line.hpp"
#include "tools/report/csv.hpp"
#include "tools/report/report_kinds.hpp"
#include "tools/report/report_writer.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

JsonValue json(std::string_view text) {
    FaultList faults;
    const auto value = parse_json(text, faults);
    REQUIRE(value);
    return *value;
}

constexpr Column two_columns[] = {{"KEY", "id"}, {"BY", "actor.id"}};
constexpr std::string_view head = R"({"name":"x","asOf":{"seq":7},"scopes":["a","b"],"none":null})";

std::string written(ReportForm form, const std::vector<std::string>& items) {
    std::string out;
    ReportWriter writer(form, two_columns, 0, [&out](std::string_view text) {
        out += text;
        return true;
    });
    REQUIRE(writer.begin(json(head)));
    for (const std::string& item : items) REQUIRE(writer.add(json(item)));
    REQUIRE(writer.end());
    CHECK(writer.count() == items.size());
    return out;
}

const std::vector<std::string> items{R"({"id":"k1","actor":{"id":"=a"}})",
                                     R"({"id":"k2, \"x\"","actor":null})"};

TEST_CASE("no cell of a spreadsheet is a formula") {
    for (const std::string text : {"=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t1", "\r=1", "\n1",
                                   "\xef\xbc\x9d" "1", "\xef\xbc\x8b" "1", "  @x"}) {
        INFO(text);
        CHECK(harmless_cell(text) == "'" + text);
    }
    for (const std::string text : {"", "a=b", "1-2", "a@b", "'=1", "leads:*", " a", "*"}) {
        INFO(text);
        CHECK(harmless_cell(text) == text);
    }
    const JsonValue hidden = json(R"(["=a","b"])");
    CHECK(csv_cell(&hidden) == "'=a, b");
    const JsonValue number = json("-5");
    CHECK(csv_cell(&number) == "-5");
}

TEST_CASE("a record of CSV can be told apart again") {
    CHECK(csv_record({"a", "", "b c"}) == "a,,b c\r\n");
    CHECK(csv_record({"a,b", "c\"d", "e\nf", ";", " g"}) ==
          "\"a,b\",\"c\"\"d\",\"e\nf\",\";\",\" g\"\r\n");
}

TEST_CASE("a report as JSON is one document, whose end says how many items it has") {
    const JsonValue document = json(written(ReportForm::json, items));
    CHECK(*document.find("report") == [] {
        JsonValue expected = json(head);
        expected.name = "report";
        return expected;
    }());
    REQUIRE(document.find("items")->items.size() == 2);
    CHECK(to_json(document.find("items")->items[1]) == items[1]);
    CHECK(document.find("count")->text == "2");
    CHECK(json(written(ReportForm::json, {})).find("items")->items.empty());
}

TEST_CASE("a report as lines begins with its head and ends with the count") {
    CHECK(written(ReportForm::ndjson, items) == "{\"report\":" + std::string(head) + "}\n" +
                                                    items[0] + "\n" + items[1] +
                                                    "\n{\"count\":2}\n");
}

TEST_CASE("each record of a report as CSV has as many cells") {
    CHECK(written(ReportForm::csv, items) ==
          "# name,x\r\n# asOf.seq,7\r\n# scopes,\"a, b\"\r\n# none,\r\n"
          "id,actor.id\r\nk1,'=a\r\n\"k2, \"\"x\"\"\",\r\n# count,2\r\n");
}

TEST_CASE("a report as a table has its head above it and the count below") {
    CHECK(written(ReportForm::table, {items[0]}) ==
          "name      x\nasOf.seq  7\nscopes    a, b\nnone      -\n\nKEY  BY\nk1   =a\n\n1 item\n");
    CHECK(written(ReportForm::table, {R"({"id":"\u001b[31m"})"}).find('\x1b') ==
          std::string::npos);
}

TEST_CASE("what can't be written ends a report") {
    ReportWriter writer(ReportForm::ndjson, two_columns, 0, [](std::string_view) { return false; });
    CHECK_FALSE(writer.begin(json(head)));
    CHECK_FALSE(writer.add(json(items[0])));
    CHECK_FALSE(writer.end());
}

TEST_CASE("every report is found by its name, and has columns") {
    for (const ReportKind& kind : report_kinds()) {
        INFO(kind.name);
        REQUIRE(find_report(kind.name) == &kind);
        CHECK_FALSE(kind.columns.empty());
    }
    CHECK(find_report("all") == nullptr);
    std::string words;
    for (const ReportKind& kind : report_kinds()) words += std::string(kind.name) + " ";
    CHECK(row_of(Command::audit_report).argument_words == words + "all");
}

}  // namespace
}  // namespace keyledger
