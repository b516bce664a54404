#include "ledger/base/base62.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <numeric>
#include <set>

namespace keyledger {

TEST_CASE("base 62 is digits, capitals and small letters, and nothing else") {
    std::string alphabet;
    for (int byte = 0; byte < 256; ++byte) {
        const char character = static_cast<char>(byte);
        if (is_base62({&character, 1})) alphabet.push_back(character);
    }
    CHECK(alphabet == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    CHECK(is_base62(""));
    CHECK(is_base62("0Az9"));
    CHECK_FALSE(is_base62("0A_9"));
    CHECK_FALSE(is_base62("0Az9 "));
    CHECK_FALSE(is_base62(std::string_view("0\0A", 3)));
}

TEST_CASE("a 32-bit number is written in six characters, padded with zeros") {
    // By python3: six times divmod(n, 62).
    CHECK(base62_of_u32(0) == "000000");
    CHECK(base62_of_u32(1) == "000001");
    CHECK(base62_of_u32(61) == "00000z");
    CHECK(base62_of_u32(62) == "000010");
    CHECK(base62_of_u32(3843) == "0000zz");
    CHECK(base62_of_u32(3844) == "000100");
    CHECK(base62_of_u32(0xcbf43926) == "3jZRME");
    CHECK(base62_of_u32(0xffffffff) == "4gfFC3");
}

TEST_CASE("different numbers are written differently, and read back by Horner's rule") {
    constexpr std::string_view alphabet =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 1000; ++round) {
        const auto number = draw<std::uint32_t>(engine, 0, 0xffffffff);
        const std::string text = base62_of_u32(number);
        REQUIRE(text.size() == 6);
        std::uint64_t read = 0;
        for (const char character : text) read = read * 62 + alphabet.find(character);
        CHECK(read == number);
    }
}

TEST_CASE("bytes of 248 and more are drawn again") {
    ScriptedRandom random({0, 248, 61, 255, 62, 249, 247, 10});
    // 0 -> '0', 61 -> 'z', 62 -> '0', 247 = 3 * 62 + 61 -> 'z', 10 -> 'A'.
    CHECK(random_base62(random, 5) == "0z0zA");
    CHECK(random.left() == 0);
}

TEST_CASE("every byte that counts reaches each character equally often") {
    std::vector<std::uint8_t> all(248);
    std::iota(all.begin(), all.end(), std::uint8_t{0});
    ScriptedRandom random(all);
    const std::string text = random_base62(random, 248);
    const std::set<char> characters(text.begin(), text.end());
    CHECK(characters.size() == 62);
    for (const char character : characters) {
        CHECK(std::count(text.begin(), text.end(), character) == 4);
    }
}

TEST_CASE("as many random characters come as were asked for") {
    for (const std::size_t length : {0U, 1U, 8U, 32U, 63U, 64U, 65U, 1000U}) {
        const std::string text = random_base62(system_random(), length);
        CHECK(text.size() == length);
        CHECK(is_base62(text));
    }
    CHECK(random_base62(system_random(), 32) != random_base62(system_random(), 32));
}

}  // namespace keyledger
