#include "ledger/base/bytes.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace keyledger {

namespace {

using namespace std::string_literals;

// As RFC 3629 section 3 lays bits out, without asking whether it should be.
std::string laid_out(std::uint32_t code, int length) {
    if (length == 1) return {static_cast<char>(code)};
    std::string text;
    for (int i = 1; i < length; ++i) {
        text.insert(text.begin(), static_cast<char>(0x80 | (code & 0x3f)));
        code >>= 6;
    }
    text.insert(text.begin(), static_cast<char>((0xff00 >> length & 0xff) | code));
    return text;
}

int shortest_length(std::uint32_t code) {
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

bool is_surrogate(std::uint32_t code) {
    return code >= 0xd800 && code <= 0xdfff;
}

}  // namespace

TEST_CASE("the examples of RFC 3629 are UTF-8") {
    CHECK(is_utf8(""));
    CHECK(is_utf8("\x41\xe2\x89\xa2\xce\x91\x2e"));          // A<NOT IDENTICAL TO><ALPHA>.
    CHECK(is_utf8("\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4"));  // hangugeo
    CHECK(is_utf8("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"));  // nihongo
    CHECK(is_utf8("\xef\xbb\xbf\xf0\xa3\x8e\xb4"));          // a byte order mark, U+233B4
    CHECK(is_utf8("\0"s));
}

TEST_CASE("every code point but the surrogates is UTF-8 in its shortest form, and in no other") {
    std::size_t wrong = 0;
    for (std::uint32_t code = 0; code < 0x200000; ++code) {
        for (int length = shortest_length(code); length <= 4; ++length) {
            const bool right =
                length == shortest_length(code) && code <= 0x10ffff && !is_surrogate(code);
            if (is_utf8(laid_out(code, length)) != right) ++wrong;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("a character that is cut short is not UTF-8, wherever it stands") {
    for (const std::string whole : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x91"}) {
        for (std::size_t length = 1; length < whole.size(); ++length) {
            const std::string cut = whole.substr(0, length);
            for (std::size_t before = 0; before < 20; ++before) {
                const std::string padding(before, 'a');
                CHECK(is_utf8(padding + whole));
                CHECK_FALSE(is_utf8(padding + cut));
                CHECK_FALSE(is_utf8(padding + cut + "a"));
                CHECK_FALSE(is_utf8(padding + cut + whole));
            }
        }
    }
}

TEST_CASE("a byte that no character has is not UTF-8") {
    for (const int byte : {0x80, 0xbf, 0xc0, 0xc1, 0xf5, 0xf8, 0xfc, 0xfe, 0xff}) {
        const std::string bad(1, static_cast<char>(byte));
        CHECK_FALSE(is_utf8(bad));
        CHECK_FALSE(is_utf8("12345678" + bad + "12345678"));
        CHECK_FALSE(is_utf8(bad + "\x80\x80\x80"));
    }
}

}  // namespace keyledger
