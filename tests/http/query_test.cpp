#include "http/query.hpp"

#include "ledger/rules/scope.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

using Problem = FieldProblem;
using Faults = std::vector<std::pair<std::string, Problem>>;

Timestamp at(std::string_view text) {
    const auto time = parse_rfc3339(text);
    REQUIRE(time);
    return *time;
}

const Timestamp now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);

Faults faults_of(const QueryReader& query) {
    Faults faults;
    for (const FieldFault& fault : query.faults()) {
        CHECK(fault.place == FaultPlace::query);
        faults.emplace_back(fault.pointer, fault.problem);
    }
    return faults;
}

TEST_CASE("a path segment is decoded once and keeps its plus") {
    CHECK(decoded_segment("a+b%20c%2Fd%C3%B1%2525") == "a+b c/dñ%25");
    CHECK(decoded_segment("") == "");
    CHECK(decoded_segment("%41%5f%5F") == "A__");
    for (const char* bad :
         {"%", "%4", "%zz", "a%2", "%%41", "%00", "%ff", "%C3", "%ed%a0%80", "\xff"}) {
        INFO(bad);
        CHECK_FALSE(decoded_segment(bad));
    }
}

TEST_CASE("a query is decoded with plus as a blank") {
    QueryReader query("q=a+b%2Bc%26d%3D%25&name%73=x=y&&", {"q", "names"});
    CHECK(query.text("q", 100) == "a b+c&d=%");
    CHECK(query.text("names", 100) == "x=y");
    CHECK(query.text("q", 9) == "a b+c&d=%");
    CHECK(query.faults().empty());
    CHECK_FALSE(query.text("q", 8));
    CHECK(faults_of(query) == Faults{{"q", Problem::too_long}});
}

TEST_CASE("a name that is unknown or there twice is a fault") {
    const QueryReader query("limit=1&colour=red&limit=1&=x&Limit=2&lim%69t=3", {"limit"});
    CHECK(faults_of(query) == Faults{{"colour", Problem::unknown_parameter},
                                     {"limit", Problem::repeated_parameter},
                                     {"", Problem::unknown_parameter},
                                     {"Limit", Problem::unknown_parameter},
                                     {"limit", Problem::repeated_parameter}});
    CHECK(QueryReader("", {"limit"}).faults().empty());
    CHECK_FALSE(QueryReader("", {"limit"}).has("limit"));
}

TEST_CASE("what is not percent-encoded UTF-8 is one fault") {
    QueryReader query("q=%&%zz=1&owner=%ff&cursor=%00", {"q", "owner", "cursor"});
    CHECK_FALSE(query.text("q", 10));
    CHECK_FALSE(query.text("owner", 10));
    CHECK(faults_of(query) == Faults{{"q", Problem::malformed_escape},
                                     {"", Problem::malformed_escape},
                                     {"owner", Problem::malformed_escape},
                                     {"cursor", Problem::malformed_escape}});
}

TEST_CASE("a thousand bad parameters make fifty faults") {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "p" + std::to_string(i) + "&";
    CHECK(QueryReader(text, {"limit"}).faults().size() == faults_max);
}

TEST_CASE("a whole number is read within its range") {
    const auto read = [](std::string_view value) {
        const std::string text = "n=" + std::string(value);
        QueryReader query(text, {"n"});
        const auto number = query.whole_number("n", 1, 1000);
        CHECK(number.has_value() == query.faults().empty());
        return number ? std::to_string(*number) : std::to_string(int(query.faults()[0].problem));
    };
    const std::string not_whole = std::to_string(int(Problem::not_a_whole_number));
    const std::string out = std::to_string(int(Problem::out_of_range));
    CHECK(read("1") == "1");
    CHECK(read("1000") == "1000");
    CHECK(read("0007") == "7");
    for (const char* bad : {"", "ten", "1.0", "-1", "%2B1", "+1", "0x10", "1e3", "1,000"}) {
        INFO(bad);
        CHECK(read(bad) == not_whole);
    }
    for (const char* bad : {"0", "1001", "99999999999999999999999"}) {
        INFO(bad);
        CHECK(read(bad) == out);
    }
    QueryReader absent("", {"n"});
    CHECK_FALSE(absent.whole_number("n", 1, 2));
    CHECK(absent.faults().empty());
}

TEST_CASE("a truth is true, false, or the name alone") {
    QueryReader query("a&b=&c=true&d=false&e=yes&f=True", {"a", "b", "c", "d", "e", "f", "g"});
    CHECK(query.boolean("a") == true);
    CHECK(query.boolean("b") == true);
    CHECK(query.boolean("c") == true);
    CHECK(query.boolean("d") == false);
    CHECK_FALSE(query.boolean("g"));
    CHECK(query.faults().empty());
    CHECK_FALSE(query.boolean("e"));
    CHECK_FALSE(query.boolean("f"));
    CHECK(faults_of(query) == Faults{{"e", Problem::not_a_boolean}, {"f", Problem::not_a_boolean}});
}

TEST_CASE("a time is absolute or relative to now") {
    QueryReader query("a=2026-01-02T03:04:05%2B01:00&b=-24h&c=%2B30d&d=+30d&e=-0s",
                      {"a", "b", "c", "d", "e"});
    CHECK(query.time("a", now) == at("2026-01-02T02:04:05Z"));
    CHECK(query.time("b", now) == at("2026-11-20T00:00:00Z"));
    CHECK(query.time("c", now) == at("2026-12-21T00:00:00Z"));
    CHECK(query.time("d", now) == at("2026-12-21T00:00:00Z"));
    CHECK(query.time("e", now) == now);
    CHECK(query.faults().empty());
    for (const char* bad : {"", "soon", "24h", "-24", "-", "+", "--1h", "-+1h", "yesterday",
                            "2026-01-02", "1763683200", "-99999999999999999999d", "-1h "}) {
        INFO(bad);
        const std::string text = "t=" + std::string(bad);
        QueryReader wrong(text, {"t"});
        CHECK_FALSE(wrong.time("t", now));
        CHECK(faults_of(wrong) == Faults{{"t", Problem::not_a_time}});
    }
}

TEST_CASE("a moment is a seq or a time") {
    QueryReader query("a=0&b=18446744073709551615&c=-1h&d=2026-11-21T00:00:00Z",
                      {"a", "b", "c", "d"});
    CHECK(query.moment("a", now) == Moment(std::uint64_t{0}));
    CHECK(query.moment("b", now) == Moment(std::uint64_t{18446744073709551615ULL}));
    CHECK(query.moment("c", now) == Moment(at("2026-11-20T23:00:00Z")));
    CHECK(query.moment("d", now) == Moment(now));
    for (const char* bad : {"", "-1", "yesterday", "18446744073709551616", "1.5", "1%20"}) {
        INFO(bad);
        const std::string text = "m=" + std::string(bad);
        QueryReader wrong(text, {"m"});
        CHECK_FALSE(wrong.moment("m", now));
        CHECK(faults_of(wrong) == Faults{{"m", Problem::not_a_moment}});
    }
}

TEST_CASE("a word is one of those that are allowed") {
    QueryReader query("a=1h&b=2h&c=", {"a", "b", "c", "d"});
    CHECK(query.word("a", {"1m", "1h", "1d"}) == 1);
    CHECK_FALSE(query.word("d", {"1m"}));
    CHECK(query.faults().empty());
    CHECK_FALSE(query.word("b", {"1m", "1h", "1d"}));
    CHECK_FALSE(query.word("c", {"1m"}));
    REQUIRE(query.faults().size() == 2);
    CHECK(query.faults()[0].problem == Problem::not_one_of);
    CHECK(query.faults()[0].arguments == std::vector<std::string>{"1m, 1h, 1d"});
}

TEST_CASE("a resource is a kind and an id, which may hold slashes") {
    QueryReader query("a=agent/1&b=agent%2F1%2F2&c=agent&d=agent/&e=/1&f=a%20b/1",
                      {"a", "b", "c", "d", "e", "f"});
    CHECK(query.resource("a") == Resource{"agent", "1"});
    CHECK(query.resource("b") == Resource{"agent", "1/2"});
    CHECK_FALSE(query.resource("none"));
    CHECK(query.faults().empty());
    for (const char* name : {"c", "d", "e", "f"}) CHECK_FALSE(query.resource(name));
    CHECK(query.faults().size() == 4);
}

TEST_CASE("scopes are split at commas, and each must be one") {
    QueryReader query("a=leads:read,leads:*,*&b=leads:read,&c=&d=,a:b", {"a", "b", "c", "d"});
    CHECK(query.scopes("a") == std::vector<std::string>{"leads:read", "leads:*", "*"});
    CHECK(query.scopes("none").empty());
    CHECK(query.faults().empty());
    for (const char* name : {"b", "c", "d"}) query.scopes(name);
    CHECK(query.faults().size() == 3);
    std::string many = "m=a:b";
    for (std::size_t i = 0; i < scopes_per_key_max; ++i) many += ",a:b";
    QueryReader too_many(many, {"m"});
    too_many.scopes("m");
    REQUIRE(too_many.faults().size() == 1);
    CHECK(too_many.faults()[0].problem == FieldProblem::too_many_items);
}

}  // namespace
}  // namespace keyledger
