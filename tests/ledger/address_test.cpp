#include "ledger/rules/address.hpp"

#include "tests/support/randomness.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>

namespace keyledger {

namespace {

struct Spelling {
    const char* given;
    const char* canonical;
};

std::string canonical(std::string_view text) {
    const auto address = parse_address(text);
    return address ? to_text(*address) : "refused";
}

// Half of its groups are zero, so that there is something to shorten.
Address draw_v6(std::mt19937_64& engine) {
    Address address;
    for (std::size_t group = 0; group < 8; ++group) {
        if (draw<int>(engine, 0, 1) == 0) continue;
        address.bytes[2 * group] = static_cast<std::uint8_t>(draw<int>(engine, 0, 255));
        address.bytes[2 * group + 1] = static_cast<std::uint8_t>(draw<int>(engine, 0, 255));
    }
    return address;
}

Address draw_v4(std::mt19937_64& engine) {
    Address address = *parse_address("0.0.0.0");
    for (std::size_t i = 12; i < 16; ++i) {
        address.bytes[i] = static_cast<std::uint8_t>(draw<int>(engine, 0, 255));
    }
    return address;
}

bool bit_of(const Address& address, unsigned bit) {
    return (address.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

void flip_bit(Address& address, unsigned bit) {
    address.bytes[bit / 8] = static_cast<std::uint8_t>(address.bytes[bit / 8] ^ (0x80 >> bit % 8));
}

bool begins_with_mapped_prefix(const Address& address) {
    return to_text(address).find(':') == std::string::npos;
}

}  // namespace

TEST_CASE("an IPv4 address stands as an IPv4-mapped IPv6 address") {
    const auto address = parse_address("192.0.2.7");
    REQUIRE(address);
    CHECK(address->bytes ==
          std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7});
    CHECK(parse_address("::ffff:192.0.2.7") == address);
    CHECK(parse_address("::ffff:c000:207") == address);
    CHECK(parse_address("0:0:0:0:0:FFFF:192.0.2.7") == address);
    CHECK(to_text(*address) == "192.0.2.7");
    CHECK(canonical("0.0.0.0") == "0.0.0.0");
    CHECK(canonical("255.255.255.255") == "255.255.255.255");
}

TEST_CASE("an IPv6 address is written as RFC 5952 section 4 says") {
    const auto [given, expected] = GENERATE(
        // 4.1 and 4.3: no leading zeros, lower case.
        Spelling{"2001:0db8::0001", "2001:db8::1"}, Spelling{"2001:DB8::AbCd", "2001:db8::abcd"},
        // 4.2.1: as short as can be.
        Spelling{"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"}, Spelling{"2001:db8::0:1", "2001:db8::1"},
        // 4.2.2: one zero alone is not shortened.
        Spelling{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        Spelling{"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        // 4.2.3: the longest run, and the first of two that are as long.
        Spelling{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        Spelling{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        // At either end, and all of it.
        Spelling{"0:0:0:0:0:0:0:0", "::"}, Spelling{"::", "::"}, Spelling{"0::0:1", "::1"},
        Spelling{"1:0:0:0:0:0:0:0", "1::"}, Spelling{"0:0:1:2:3:4:5:6", "::1:2:3:4:5:6"},
        Spelling{"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
        Spelling{"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        Spelling{"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        Spelling{"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        // IPv4 inside: only the mapped prefix is written with dots.
        Spelling{"64:ff9b::192.0.2.33", "64:ff9b::c000:221"}, Spelling{"::1.2.3.4", "::102:304"},
        Spelling{"::ffff:0:1.2.3.4", "::ffff:0:102:304"});
    CHECK(canonical(given) == expected);
    CHECK(canonical(expected) == expected);
}

TEST_CASE("a text that is no IPv4 address is refused") {
    const std::string_view text = GENERATE(
        "", "1", "1.2", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.4.", "1.2.3.4.5", "256.0.0.1",
        "1.2.3.256", "1.2.3.999", "1.2.3.1000", "01.2.3.4", "1.2.3.04", "1.2.3.00", "001.2.3.4",
        "0x1.2.3.4", "1.2.3.0x4", "-1.2.3.4", "+1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1. 2.3.4",
        "1.2.3.4\n", "1,2,3,4", "1.2.3.4:80", "1.2.3.4/32", "localhost", "3232235521", "a.b.c.d",
        "1.2.3.4.in-addr.arpa", "\xef\xbc\x91.2.3.4");
    INFO(text);
    CHECK_FALSE(parse_address(text));
    CHECK_FALSE(parse_address(std::string_view("1.2.3.4\0", 8)));
    CHECK_FALSE(parse_address(std::string_view("1.2\0.3.4", 8)));
}

TEST_CASE("a text that is no IPv6 address is refused") {
    const std::string_view text = GENERATE(
        ":", ":::", ":1", "1:", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8:", ":1:2:3:4:5:6:7:8", "1::2::3", ":::1", "1:::2", "1::2:", ":1::2",
        "12345::", "1:2:3:4::5:6:7:8", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "g::", "::g",
        "fe80::1%eth0", "fe80::1%25eth0", "[::1]", "[::1]:80", "::1/128", "::1 ", " ::1", "::1\n",
        "::-1", "::0x1", "::1.2.3", "::1.2.3.4.5", "::1.2.3.256", "::ffff:01.2.3.4",
        "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::ffff:1.2.3.4/96", "\xef\xbc\x9a:1");
    INFO(text);
    CHECK_FALSE(parse_address(text));
    CHECK_FALSE(parse_address(std::string_view("::1\0", 4)));
    CHECK_FALSE(parse_address(std::string(1000, ':')));
    CHECK_FALSE(parse_address("0000:0000:0000:0000:0000:0000:0000:00000000001"));
}

TEST_CASE("the longest spelling of an address is read") {
    CHECK(canonical("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255") ==
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    CHECK(canonical("0000:0000:0000:0000:0000:ffff:255.255.255.255") == "255.255.255.255");
}

TEST_CASE("every address is read as it was written, and written as the C library does") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 5000; ++round) {
        const Address v4 = draw_v4(engine);
        CHECK(parse_address(to_text(v4)) == v4);
        const Address v6 = draw_v6(engine);
        const std::string text = to_text(v6);
        CHECK(parse_address(text) == v6);
        char expected[INET6_ADDRSTRLEN];
        REQUIRE(inet_ntop(AF_INET6, v6.bytes.data(), expected, sizeof expected) != nullptr);
        // It writes the end of some others with dots, too.
        if (std::string_view(expected).find('.') == std::string_view::npos) CHECK(text == expected);
    }
}

TEST_CASE("a range is an address and a number of bits") {
    const auto v4 = parse_range("192.0.2.0/24");
    REQUIRE(v4);
    CHECK(v4->base == *parse_address("192.0.2.0"));
    CHECK(v4->prefix_bits == 120);
    const auto v6 = parse_range("2001:db8::/32");
    REQUIRE(v6);
    CHECK(v6->base == *parse_address("2001:db8::"));
    CHECK(v6->prefix_bits == 32);
}

TEST_CASE("a range is written as it is read") {
    const auto [given, expected] = GENERATE(
        Spelling{"192.0.2.0/24", "192.0.2.0/24"}, Spelling{"0.0.0.0/0", "0.0.0.0/0"},
        Spelling{"2001:DB8:0::/32", "2001:db8::/32"}, Spelling{"::/0", "::/0"},
        Spelling{"128.0.0.0/1", "128.0.0.0/1"}, Spelling{"8000::/1", "8000::/1"},
        Spelling{"192.0.2.7", "192.0.2.7"}, Spelling{"192.0.2.7/32", "192.0.2.7"},
        Spelling{"2001:db8::1", "2001:db8::1"}, Spelling{"2001:db8::1/128", "2001:db8::1"},
        Spelling{"2001:db8::2/127", "2001:db8::2/127"}, Spelling{"::ffff:192.0.2.7", "192.0.2.7"},
        Spelling{"::ffff:192.0.2.0/120", "192.0.2.0/24"}, Spelling{"::ffff:0:0/96", "0.0.0.0/0"},
        Spelling{"::fffe:0:0/95", "::fffe:0:0/95"}, Spelling{"::/96", "::/96"});
    const auto range = parse_range(given);
    REQUIRE(range);
    CHECK(to_text(*range) == expected);
    CHECK(parse_range(expected) == range);
}

TEST_CASE("a text that is no range is refused") {
    const std::string_view text =
        GENERATE("", "/", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/129", "192.0.2.0/256",
                 "192.0.2.0/280", "192.0.2.0/-1", "192.0.2.0/+24", "192.0.2.0/024", "192.0.2.0/00",
                 "192.0.2.0/24 ", "192.0.2.0 /24", "192.0.2.0/ 24", " 192.0.2.0/24",
                 "192.0.2.0/24\n", "192.0.2.0/24/24", "192.0.2.0//24", "192.0.2.0/255.255.255.0",
                 "192.0.2.0/2a", "192.0.2/24", "192.0.2.0/4294967320", "2001:db8::/129",
                 "2001:db8::/", "2001:db8::/0x20", "*", "192.0.2.*", "192.0.2.0-192.0.2.9",
                 "192.0.2.0%24", "::/1000", "[::]/0", "::%lo/0", "private_ranges");
    INFO(text);
    CHECK_FALSE(parse_range(text));
    CHECK_FALSE(parse_range(std::string_view("192.0.2.0/24\0", 13)));
}

TEST_CASE("bits set beyond the prefix are refused") {
    const std::string_view text =
        GENERATE("192.0.2.1/24", "192.0.2.128/24", "192.0.3.0/23", "10.0.0.1/8", "0.0.0.1/0",
                 "128.0.0.0/0", "192.0.2.1/31", "2001:db8::1/32", "2001:db9::/31", "::1/0",
                 "::1/127", "::ffff:0:0/95", "::ffff:192.0.2.0/24");
    INFO(text);
    CHECK_FALSE(parse_range(text));
}

TEST_CASE("a range holds what begins with its bits") {
    const auto range = *parse_range("192.0.2.0/24");
    CHECK(contains(range, *parse_address("192.0.2.0")));
    CHECK(contains(range, *parse_address("192.0.2.255")));
    CHECK(contains(range, *parse_address("::ffff:192.0.2.9")));
    CHECK_FALSE(contains(range, *parse_address("192.0.1.255")));
    CHECK_FALSE(contains(range, *parse_address("192.0.3.0")));
    const auto odd = *parse_range("10.32.0.0/11");
    CHECK(contains(odd, *parse_address("10.63.255.255")));
    CHECK_FALSE(contains(odd, *parse_address("10.64.0.0")));
    CHECK_FALSE(contains(odd, *parse_address("10.31.255.255")));
}

TEST_CASE("IPv4 and IPv6 do not mix") {
    CHECK(contains(*parse_range("0.0.0.0/0"), *parse_address("192.0.2.7")));
    CHECK_FALSE(contains(*parse_range("0.0.0.0/0"), *parse_address("2001:db8::1")));
    CHECK_FALSE(contains(*parse_range("0.0.0.0/0"), *parse_address("::")));
    CHECK(contains(*parse_range("::/0"), *parse_address("2001:db8::1")));
    CHECK_FALSE(contains(*parse_range("::/0"), *parse_address("192.0.2.7")));
    CHECK_FALSE(contains(*parse_range("::/0"), *parse_address("::ffff:192.0.2.7")));
}

TEST_CASE("a list of ranges holds what one of them holds") {
    const std::vector<AddressRange> ranges{*parse_range("10.0.0.0/8"),
                                           *parse_range("2001:db8::/32")};
    CHECK(contains(ranges, *parse_address("10.1.2.3")));
    CHECK(contains(ranges, *parse_address("2001:db8:1::")));
    CHECK_FALSE(contains(ranges, *parse_address("11.0.0.0")));
    CHECK_FALSE(contains(std::vector<AddressRange>{}, *parse_address("10.1.2.3")));
}

TEST_CASE("a flipped bit leaves the range just if it is one of the prefix") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 2000; ++round) {
        const bool v4 = draw<int>(engine, 0, 1) == 0;
        const auto bits = draw<unsigned>(engine, v4 ? 96 : 0, 128);
        const Address inside = v4 ? draw_v4(engine) : draw_v6(engine);
        AddressRange range{.base = inside, .prefix_bits = static_cast<std::uint8_t>(bits)};
        for (unsigned bit = bits; bit < 128; ++bit) {
            if (bit_of(range.base, bit)) flip_bit(range.base, bit);
        }
        CHECK(contains(range, inside));
        CHECK(parse_range(to_text(range)) == range);
        Address flipped = inside;
        const auto bit = draw<unsigned>(engine, 0, 127);
        flip_bit(flipped, bit);
        const bool same_family =
            begins_with_mapped_prefix(flipped) == begins_with_mapped_prefix(inside);
        CHECK(contains(range, flipped) == (bit >= bits && same_family));
    }
}

}  // namespace keyledger
