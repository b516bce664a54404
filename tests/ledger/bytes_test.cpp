#include "ledger/base/bytes.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

using namespace std::string_literals;

struct Written {
    std::string bytes, text;
};

}  // namespace

TEST_CASE("hexadecimal is written as RFC 4648 section 10 shows, in lower case") {
    const auto [bytes, text] = GENERATE(
        Written{"", ""}, Written{"f", "66"}, Written{"fo", "666f"}, Written{"foo", "666f6f"},
        Written{"foob", "666f6f62"}, Written{"fooba", "666f6f6261"},
        Written{"foobar", "666f6f626172"}, Written{"\x00\xff\x9a"s, "00ff9a"});
    CHECK(to_hex(bytes) == text);
    CHECK(from_hex(text) == bytes);
}

TEST_CASE("hexadecimal is read in either case") {
    CHECK(from_hex("aBCdeF09") == "\xab\xcd\xef\x09"s);
}

TEST_CASE("what is not whole bytes of hexadecimal is refused") {
    const std::string_view text = GENERATE("6", "666", "6g", "g6", "0x66", "66 ", " 66", "6 6 ",
                                           "66\n", "@6", "`6", "/6", ":6", "\xc3\xa9");
    INFO(text);
    CHECK_FALSE(from_hex(text));
    CHECK_FALSE(from_hex("6\0"s));
}

TEST_CASE("base 64 is written and read as RFC 4648 section 10 shows") {
    const auto [bytes, text] = GENERATE(
        Written{"", ""}, Written{"f", "Zg=="}, Written{"fo", "Zm8="}, Written{"foo", "Zm9v"},
        Written{"foob", "Zm9vYg=="}, Written{"fooba", "Zm9vYmE="}, Written{"foobar", "Zm9vYmFy"});
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
    const std::string unpadded = text.substr(0, text.find('='));
    CHECK(to_base64url(bytes) == unpadded);
    CHECK(from_base64url(unpadded) == bytes);
}

TEST_CASE("the two base 64 alphabets differ in their last two characters") {
    // RFC 4648, tables 1 and 2: 62 and 63 are `+` and `/`, or `-` and `_`.
    const std::string bytes = "\xfb\xff\xbf";  // 111110 111111 111110 111111
    CHECK(to_base64(bytes) == "+/+/");
    CHECK(to_base64url(bytes) == "-_-_");
    CHECK(from_base64("+/+/") == bytes);
    CHECK(from_base64url("-_-_") == bytes);
    CHECK_FALSE(from_base64("-_-_"));
    CHECK_FALSE(from_base64url("+/+/"));
}

TEST_CASE("base 64 with the wrong padding is refused") {
    const std::string_view text =
        GENERATE("Z", "Zg", "Zg=", "Zg===", "Zm8", "Zm8==", "Zm9v=", "Zm9v====", "=",
                 "==", "===", "====", "Z===", "=Zg=", "Z=g=", "Zg==Zg==", "Zm9vY", "Zm9vYg=Z");
    INFO(text);
    CHECK_FALSE(from_base64(text));
}

TEST_CASE("base 64 with stray bits, white space or other characters is refused") {
    // Zg== has four bits left over and Zm8= two: each must be zero (RFC 4648, 3.5).
    CHECK_FALSE(
        from_base64(GENERATE("Zh==", "Zi==", "Zo==", "Zv==", "Zm9=", "Zm+=", "Zm 8", "Zm8\n",
                             " Zm8", "Zm8=\n", "Zm9v\r\n\r\n", "Zm9.", "Zm\xc3\xa9")));
    CHECK_FALSE(from_base64("Zm9\0"s));
}

TEST_CASE("base 64 for URLs takes no padding, no stray bits and no lone character") {
    const std::string_view text =
        GENERATE("Zg==", "Zm8=", "=", "Z", "Zm9vY", "Zh", "Zm9", "Zg ", "Zm9v\n", "Z.", "Zm9+");
    INFO(text);
    CHECK_FALSE(from_base64url(text));
}

TEST_CASE("whatever bytes are written are read back the same") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (std::size_t length = 0; length < 300; ++length) {
        const std::string bytes = draw_bytes(engine, length);
        CHECK(from_hex(to_hex(bytes)) == bytes);
        CHECK(from_base64(to_base64(bytes)) == bytes);
        CHECK(from_base64url(to_base64url(bytes)) == bytes);
    }
}

TEST_CASE("text that base 64 accepts is the only spelling of its bytes") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    constexpr std::string_view characters = "ABQgwxyz0189+/-_=";
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text(draw<std::size_t>(engine, 1, 8), '\0');
        for (char& character : text) {
            character = characters[draw<std::size_t>(engine, 0, characters.size() - 1)];
        }
        if (const auto bytes = from_base64(text)) {
            ++accepted;
            CHECK(to_base64(*bytes) == text);
        }
        if (const auto bytes = from_base64url(text)) CHECK(to_base64url(*bytes) == text);
    }
    CHECK(accepted > 0);
}

TEST_CASE("a digest is made of exactly 32 bytes") {
    const std::string bytes = "0123456789abcdef0123456789ABCDEF";
    const auto digest = digest_from_bytes(bytes);
    REQUIRE(digest);
    CHECK(view_of(*digest) == bytes);
    CHECK_FALSE(digest_from_bytes(bytes.substr(1)));
    CHECK_FALSE(digest_from_bytes(bytes + "0"));
    CHECK_FALSE(digest_from_bytes(""));
}

TEST_CASE("integers are stored with the most significant byte first") {
    std::string out = "x";
    append_u32(out, 0x01020304);
    append_u64(out, 0x05060708090a0b0c);
    CHECK(out == "x\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"s);
    CHECK(load_u32(std::string_view(out).substr(1)) == 0x01020304);
    CHECK(load_u64(std::string_view(out).substr(5)) == 0x05060708090a0b0c);
    CHECK(load_u32("\xff\xff\xff\xff") == 0xffffffff);
    CHECK(load_u64("\x80\xff\xff\xff\xff\xff\xff\xfe") == 0x80fffffffffffffe);
}

TEST_CASE("stored integers sort as numbers do") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 1000; ++round) {
        const std::uint64_t left = engine() >> draw<int>(engine, 0, 63);
        const std::uint64_t right = engine() >> draw<int>(engine, 0, 63);
        std::string left_bytes, right_bytes;
        append_u64(left_bytes, left);
        append_u64(right_bytes, right);
        CHECK((left < right) == (left_bytes < right_bytes));
        CHECK(load_u64(left_bytes) == left);
    }
}

TEST_CASE("comparing in constant time says what comparing says") {
    CHECK(equal_in_constant_time("", ""));
    CHECK(equal_in_constant_time(std::string_view(), ""));
    CHECK(equal_in_constant_time("a\0b"s, "a\0b"s));
    CHECK_FALSE(equal_in_constant_time("a\0b"s, "a\0c"s));
    CHECK_FALSE(equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(equal_in_constant_time("abc", "Abc"));
    CHECK_FALSE(equal_in_constant_time("abc", "abcd"));
    CHECK_FALSE(equal_in_constant_time("", "a"));
}

}  // namespace keyledger
