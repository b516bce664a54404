#include "http/json_document.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

std::vector<FieldFault> faults_of(std::string_view text) {
    FaultList faults;
    const auto value = parse_json(text, faults);
    CHECK((value.has_value() || !faults.empty()));
    return faults.all();
}

std::string compact(std::string_view text) {
    FaultList faults;
    const auto value = parse_json(text, faults);
    REQUIRE(value);
    REQUIRE(faults.empty());
    return to_json(*value);
}

std::string merged(std::string_view target, std::string_view patch) {
    FaultList faults;
    auto value = parse_json(target, faults);
    const auto change = parse_json(patch, faults);
    REQUIRE(value);
    REQUIRE(change);
    merge_patch(*value, *change);
    return to_json(*value);
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

TEST_CASE("JSON comes back without white space and with its numbers as they were written") {
    CHECK(compact(" { \"a\" : [ 1 , 2.50 , -0 , 1E2 ] , \"b\" : { } , \"c\" : [ ] } ") ==
          R"({"a":[1,2.50,-0,1E2],"b":{},"c":[]})");
    CHECK(compact("12345678901234567890123456789.0000000000000000001") ==
          "12345678901234567890123456789.0000000000000000001");
    CHECK(compact("null") == "null");
    CHECK(compact("[true,false]") == "[true,false]");
    CHECK(compact(R"("\u00e9\u0000\ud83d\ude00\/\"")") == "\"é\\u0000😀/\\\"\"");
    CHECK(compact(R"({"":1,"\u0061":{"a":2}})") == R"({"":1,"a":{"a":2}})");
}

TEST_CASE("what is no JSON is one fault that says how far it could be read") {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"{", "1"},
        {"{}{}", "2"},
        {"{} x", "3"},
        {"nul", "3"},
        {"[1,]", "3"},
        {"{\"a\" 1}", "5"},
        {"{'a':1}", "1"},
        {"[01]", "2"},
        {"[NaN]", "1"},
        {"[+1]", "1"},
        {"[1.]", "3"},
        {"[.5]", "1"},
        {"[\"\\x\"]", "3"},
        {"[\"\n\"]", "2"},
        {"[\"\\ud800\"]", "8"},
        {"\xef\xbb\xbf{}", "0"},
        {"// a\n1", "0"},
        {"\"a", "2"},
        {" ", "1"},
    };
    for (const auto& [text, where] : wrong) {
        INFO(text);
        const auto faults = faults_of(text);
        REQUIRE(faults.size() == 1);
        CHECK(faults[0].pointer.empty());
        CHECK(faults[0].problem == FieldProblem::malformed_json);
        CHECK(faults[0].arguments == std::vector<std::string>{where});
    }
    const auto far = faults_of("[" + std::string(10'000, ' ') + "x]");
    REQUIRE(far.size() == 1);
    CHECK(far[0].arguments == std::vector<std::string>{"10001"});
}

TEST_CASE("a NUL byte, bad UTF-8 and an empty text are told apart") {
    using namespace std::string_literals;
    CHECK(faults_of("[1]\0"s)[0].problem == FieldProblem::malformed_json);
    CHECK(faults_of("\"a\0b\""s)[0].problem == FieldProblem::malformed_json);
    for (const char* bad :
         {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xe2\x82\"", "\xff{}"}) {
        CHECK(faults_of(bad)[0].problem == FieldProblem::not_utf8);
    }
    CHECK(faults_of("")[0].problem == FieldProblem::empty_body);
}

TEST_CASE("thirty-two levels are allowed and no more") {
    CHECK(faults_of(nested(json_depth_max)).empty());
    const auto faults = faults_of(nested(json_depth_max + 1));
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].problem == FieldProblem::too_deep);
    CHECK(faults_of(nested(100'000))[0].problem == FieldProblem::too_deep);
    std::string objects;
    for (int i = 0; i < 33; ++i) objects += "{\"a\":";
    CHECK(faults_of(objects)[0].problem == FieldProblem::too_deep);
}

TEST_CASE("a text of more values than the limit is refused") {
    std::string text = "[";
    for (std::size_t i = 1; i < json_values_max; ++i) text += "0,";
    CHECK(faults_of(text.substr(0, text.size() - 1) + "]").empty());
    const auto faults = faults_of(text + "0]");
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].problem == FieldProblem::too_many_values);
}

TEST_CASE("members of one name are found wherever they are and however they are written") {
    const auto faults =
        faults_of(R"({"a":1,"b":[0,{"x/y":1,"x\/y":2,"z":{"q":1,"q":1,"q":1}}],"\u0061":2})");
    std::vector<std::string> pointers;
    for (const FieldFault& fault : faults) {
        CHECK(fault.problem == FieldProblem::duplicate_member);
        pointers.push_back(fault.pointer);
    }
    CHECK(pointers == std::vector<std::string>{"/b/1/z/q", "/b/1/x~1y", "/a"});
    CHECK(faults_of(R"([{"a":1},{"a":1}])").empty());
    CHECK(faults_of(R"({"a":{"a":{"a":1}}})").empty());
}

TEST_CASE("no more than fifty faults are listed") {
    std::string text = "{";
    for (int i = 0; i < 80; ++i) {
        const std::string member = "\"" + std::to_string(i) + "\":0,";
        text += member + member;
    }
    text.back() = '}';
    CHECK(faults_of(text).size() == faults_max);
}

// The examples of RFC 7396, appendix A.
TEST_CASE("a merge patch does what RFC 7396 says") {
    const std::vector<std::array<std::string, 3>> examples{{
        {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
        {R"({"a":"b"})", R"({"a":null})", R"({})"},
        {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
        {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
        {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
        {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
        {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
        {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
        {R"({"a":"foo"})", R"(null)", R"(null)"},
        {R"({"a":"foo"})", R"("bar")", R"("bar")"},
        {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
        {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
        {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
    }};
    for (const auto& [target, patch, result] : examples) {
        INFO(target << " and " << patch);
        CHECK(merged(target, patch) == result);
    }
}

TEST_CASE("a pointer escapes what RFC 6901 escapes") {
    std::string pointer = "/a";
    append_pointer(pointer, "m~n/o");
    append_pointer(pointer, "");
    CHECK(pointer == "/a/m~0n~1o/");
}

}  // namespace
}  // namespace keyledger
