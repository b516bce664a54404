#include "ledger/base/json_writer.hpp"

#include "tests/support/randomness.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <limits>

namespace keyledger {

namespace {

// The writer's output for one value.
template <class T>
std::string written(const T& what) {
    std::string out;
    JsonWriter(out).value(what);
    return out;
}

template <class T>
concept Writable = requires(JsonWriter& writer, T what) {
    writer.value(what);
};

// A pointer or a character must not become `true` or a number by accident.
static_assert(!Writable<const void*>);
static_assert(!Writable<const int*>);
static_assert(!Writable<char>);
static_assert(!Writable<char32_t>);
static_assert(!Writable<double>);
static_assert(Writable<std::optional<bool>>);

// Letters, what JSON escapes, and characters of two, three and four bytes.
std::string draw_text(std::mt19937_64& engine) {
    static const std::vector<std::string> pieces{"a",
                                                 "Z",
                                                 "0",
                                                 " ",
                                                 "/",
                                                 "\"",
                                                 "\\",
                                                 "\b",
                                                 "\f",
                                                 "\n",
                                                 "\r",
                                                 "\t",
                                                 "<",
                                                 "\x7f",
                                                 "\xc3\xa9",
                                                 "\xe2\x82\xac",
                                                 "\xe2\x80\xa8",
                                                 "\xf0\x9f\x94\x91",
                                                 std::string(1, '\0'),
                                                 "\x01",
                                                 "\x1f",
                                                 "plain text of some length"};
    std::string text;
    for (auto left = draw<int>(engine, 0, 30); left > 0; --left) {
        text += pieces[draw<std::size_t>(engine, 0, pieces.size() - 1)];
    }
    return text;
}

}  // namespace

TEST_CASE("values are written as RFC 8259 writes them") {
    CHECK(written(nullptr) == "null");
    CHECK(written(true) == "true");
    CHECK(written(false) == "false");
    CHECK(written(0) == "0");
    CHECK(written(-7) == "-7");
    CHECK(written("text") == R"("text")");
    CHECK(written(std::string("text")) == R"("text")");
    CHECK(written(std::string_view("text")) == R"("text")");
    CHECK(written("") == R"("")");
    CHECK(written(Timestamp(Duration(482'196'050'520))) == R"("1985-04-12T23:20:50.520Z")");
}

TEST_CASE("integers of every width are written in full") {
    CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(written(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
    CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(written(std::numeric_limits<unsigned long long>::max()) == "18446744073709551615");
    CHECK(written(std::uint8_t{65}) == "65");
    CHECK(written(std::int8_t{-128}) == "-128");
    CHECK(written(std::uint16_t{65535}) == "65535");
    CHECK(written(std::size_t{12}) == "12");
}

TEST_CASE("a missing value is null, and one that is there is itself") {
    CHECK(written(std::optional<int>()) == "null");
    CHECK(written(std::optional<int>(0)) == "0");
    CHECK(written(std::optional<bool>(false)) == "false");
    CHECK(written(std::optional<std::string>("x")) == R"("x")");
    CHECK(written(std::optional<std::string>()) == "null");
    CHECK(written(std::optional<Timestamp>()) == "null");
}

TEST_CASE("what RFC 8259 section 7 wants escaped is escaped, and nothing else") {
    CHECK(written("\"") == R"("\"")");
    CHECK(written("\\") == R"("\\")");
    CHECK(written("\b\f\n\r\t") == R"("\b\f\n\r\t")");
    CHECK(written(std::string_view("\0", 1)) == R"("\u0000")");
    CHECK(written("\x01\x1f\x0b") == R"("\u0001\u001f\u000b")");
    CHECK(written("a\nb\"c") == R"("a\nb\"c")");
    CHECK(written("/ <>&' \x7f \xc3\xa9 \xf0\x9f\x94\x91") ==
          "\"/ <>&' \x7f \xc3\xa9 \xf0\x9f\x94\x91\"");
}

TEST_CASE("commas stand between fields and elements, and nowhere else") {
    std::string out;
    JsonWriter writer(out);
    writer.begin_object()
        .field("valid", true)
        .field("code", "valid")
        .key("scopes")
        .begin_array()
        .value("a:b")
        .value("c:*")
        .begin_array()
        .end_array()
        .begin_object()
        .end_object()
        .value(1)
        .end_array()
        .key("empty")
        .begin_object()
        .end_object()
        .key("metadata")
        .raw(R"({"tier":"gold"})")
        .field("left", 0U)
        .field("quota", nullptr)
        .end_object();
    CHECK(out == R"({"valid":true,"code":"valid","scopes":["a:b","c:*",[],{},1],"empty":{},)"
                 R"("metadata":{"tier":"gold"},"left":0,"quota":null})");
}

TEST_CASE("a key is escaped as a text is") {
    std::string out;
    JsonWriter(out).begin_object().field("a\"b\n", 1).end_object();
    CHECK(out == R"({"a\"b\n":1})");
}

TEST_CASE("the writer appends to what is there") {
    std::string out = "data: ";
    JsonWriter(out).begin_array().raw("1").raw("2").value(Timestamp{}).end_array();
    CHECK(out == R"(data: [1,2,"1970-01-01T00:00:00.000Z"])");
}

TEST_CASE("whatever text is written, a JSON parser reads it back") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 2000; ++round) {
        const std::string key = draw_text(engine), text = draw_text(engine);
        const auto number = static_cast<std::int64_t>(engine());
        std::string out;
        JsonWriter(out)
            .begin_object()
            .key(key)
            .begin_array()
            .value(text)
            .value(number)
            .end_array()
            .end_object();
        boost::json::object expected;
        expected[key] = boost::json::array{text, number};
        CHECK(boost::json::parse(out) == expected);
    }
}

TEST_CASE("each byte below a space is escaped so that a JSON parser reads it back") {
    for (int byte = 0; byte < 0x80; ++byte) {
        const std::string text(3, static_cast<char>(byte));
        CHECK(boost::json::parse(written(text)) == boost::json::value(text));
    }
}

}  // namespace keyledger
