#include "ledger/base/crc.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace keyledger {

TEST_CASE("CRC-32 of the nine digits is the check value of its catalogue") {
    CHECK(crc32("123456789") == 0xcbf43926);
}

TEST_CASE("CRC-32 agrees with python3's zlib") {
    CHECK(crc32("") == 0);
    CHECK(crc32(std::string_view()) == 0);
    CHECK(crc32("a") == 0xe8b7be43);
    CHECK(crc32("abc") == 0x352441c2);
    CHECK(crc32("The quick brown fox jumps over the lazy dog") == 0x414fa339);
}

TEST_CASE("CRC-32 sees every flipped bit") {
    const std::string text = "hr_live_AbCd1234_0123456789ABCDEFGHIJKLMNOPQRSTUV";
    const std::uint32_t right = crc32(text);
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        std::string damaged = text;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
        CHECK(crc32(damaged) != right);
    }
}

}  // namespace keyledger
