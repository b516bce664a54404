#include "ledger/rules/secret.hpp"

#include "ledger/base/base62.hpp"
#include "ledger/base/crc.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <numeric>

namespace keyledger {

namespace {

// By python3: zlib.crc32 of the first 49 characters, in base 62.
const std::string good_token = "hr_live_AbCd1234_0123456789ABCDEFGHIJKLMNOPQRSTUV4AGEPJ";

// A checksum that fits, so that only the shape is wrong.
std::string with_checksum(std::string text) {
    const std::string checksum = base62_of_u32(crc32(text));
    return text + checksum;
}

const std::string body = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

bool is_wiped(const char* bytes, std::size_t count) {
    return std::all_of(bytes, bytes + count, [](char byte) { return byte == '\0'; });
}

constexpr std::size_t short_string_bytes = 15;  // libstdc++ keeps so many inside of the string

}  // namespace

TEST_CASE("a token is prefix, tag, hint, random text and checksum") {
    std::vector<std::uint8_t> script(40);
    std::iota(script.begin(), script.end(), std::uint8_t{0});
    ScriptedRandom random(script);
    const MintedSecret minted = mint_secret("kl", "admin", random);
    CHECK(random.left() == 0);
    // By python3: the characters in order, zlib.crc32 and hashlib.sha256.
    CHECK(minted.token.text() == "kl_admin_01234567_89ABCDEFGHIJKLMNOPQRSTUVWXYZabcd4H3dcz");
    CHECK(minted.hint == "01234567");
    CHECK(to_hex(view_of(minted.digest)) ==
          "c25e3e88e358e0d823249ff22223675877181964186404767e9bab1f7d4b677e");
}

TEST_CASE("a digest is that of the whole token") {
    // By python3's hashlib.
    CHECK(to_hex(view_of(digest_of_token(good_token))) ==
          "7ea5237e43f45bd5dcbbbb52dec12df35e222cb70432341caf9b33140dade9f0");
}

TEST_CASE("a token's parts are found") {
    const auto parts = inspect_token(good_token);
    REQUIRE(parts);
    CHECK(parts->prefix == "hr");
    CHECK(parts->tag == "live");
    CHECK(parts->hint == "AbCd1234");
    CHECK(parts->prefix.data() == good_token.data());
}

TEST_CASE("every minted token is inspected as it was minted") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    SeededRandom random(seed);
    constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (int round = 0; round < 500; ++round) {
        std::string prefix(draw<std::size_t>(engine, 1, 16), '\0');
        std::string tag(draw<std::size_t>(engine, 1, 16), '\0');
        for (char& each : prefix) each = characters[draw<std::size_t>(engine, 0, 35)];
        for (char& each : tag) each = characters[draw<std::size_t>(engine, 0, 35)];
        const MintedSecret minted = mint_secret(prefix, tag, random);
        const auto parts = inspect_token(minted.token.text());
        REQUIRE(parts);
        CHECK(parts->prefix == prefix);
        CHECK(parts->tag == tag);
        CHECK(parts->hint == minted.hint);
        CHECK(digest_of_token(minted.token.text()) == minted.digest);
        CHECK(minted.token.text().size() <= token_bytes_max);
    }
}

TEST_CASE("tokens of the system's generator differ") {
    const MintedSecret first = mint_secret("hr", "live", system_random());
    const MintedSecret second = mint_secret("hr", "live", system_random());
    CHECK(first.token.text() != second.token.text());
    CHECK(first.hint != second.hint);
    CHECK(first.digest != second.digest);
}

TEST_CASE("a token with any one character changed, left out or added is refused") {
    for (std::size_t place = 0; place < good_token.size(); ++place) {
        for (int byte = 0; byte < 256; ++byte) {
            if (static_cast<char>(byte) == good_token[place]) continue;
            std::string changed = good_token;
            changed[place] = static_cast<char>(byte);
            CHECK_FALSE(inspect_token(changed));
        }
        CHECK_FALSE(inspect_token(std::string(good_token).erase(place, 1)));
        CHECK_FALSE(inspect_token(std::string(good_token).insert(place, "a")));
        CHECK_FALSE(inspect_token(std::string(good_token).insert(place, "_")));
    }
}

TEST_CASE("a token that is cut short is refused, at each length") {
    for (std::size_t length = 0; length < good_token.size(); ++length) {
        CHECK_FALSE(inspect_token(std::string_view(good_token).substr(0, length)));
    }
    CHECK_FALSE(inspect_token(good_token + "0"));
    CHECK_FALSE(inspect_token(good_token + "\n"));
    CHECK_FALSE(inspect_token(" " + good_token));
}

TEST_CASE("a wrong shape is refused although its checksum holds") {
    CHECK(inspect_token(with_checksum("hr_live_AbCd1234_" + body)));
    const auto text = GENERATE(
        as<std::string>(), "", "_live_AbCd1234_" + body, "hr__AbCd1234_" + body,
        "HR_live_AbCd1234_" + body, "hr_Live_AbCd1234_" + body, "h-r_live_AbCd1234_" + body,
        "hr_li.ve_AbCd1234_" + body, "hr_live__" + body, "hr_live_AbCd123_" + body,
        "hr_live_AbCd12345_" + body, "hr_live_AbCd123-_" + body, "hr_live_AbCd1234_",
        "hr_live_AbCd1234" + body, "hr_live_AbCd1234_" + body.substr(1),
        "hr_live_AbCd1234_" + body + "0", "hr_live_AbCd1234_" + body.substr(1) + "_",
        "hr_live_AbCd1234_" + body.substr(1) + "+", "hr_live_x_AbCd1234_" + body,
        "hr_AbCd1234_" + body, std::string(17, 'a') + "_live_AbCd1234_" + body,
        "hr_" + std::string(17, 'a') + "_AbCd1234_" + body, "hr_live_AbCd1234_" + body + "_",
        "sk_live_" + body);
    CHECK_FALSE(inspect_token(with_checksum(text)));
}

TEST_CASE("wiping leaves no byte of a text, in its spare room neither") {
    for (const std::size_t length : {0U, 5U, 15U, 16U, 300U}) {
        std::string text(length, 's');
        text.resize(length / 2);  // the rest stays behind in the spare room
        const char* const bytes = text.data();
        const std::size_t room = text.capacity();
        wipe(text);
        CHECK(text.empty());
        REQUIRE(text.data() == bytes);
        CHECK(is_wiped(bytes, room));
    }
}

TEST_CASE("a token that was moved from keeps nothing") {
    Token short_one("secret");
    Token taken(std::move(short_one));
    CHECK(taken.text() == "secret");
    CHECK(short_one.text().empty());
    CHECK(is_wiped(short_one.text().data(), short_string_bytes));

    Token assigned("another, which is a good deal longer");
    assigned = std::move(taken);
    CHECK(assigned.text() == "secret");
    CHECK(taken.text().empty());
    CHECK(is_wiped(taken.text().data(), short_string_bytes));
}

TEST_CASE("a token can be assigned to itself") {
    Token token("secret");
    Token& same = token;
    token = std::move(same);
    CHECK(token.text() == "secret");
}

TEST_CASE("a token overwrites its text when it goes") {
    alignas(Token) std::array<unsigned char, sizeof(Token)> place{};
    auto* const token = new (place.data()) Token("secret");
    REQUIRE(token->text() == "secret");
    token->~Token();
    const std::string_view left(reinterpret_cast<const char*>(place.data()), place.size());
    CHECK(left.find("secret") == left.npos);
    CHECK(left.find("ecret") == left.npos);
}

static_assert(!std::is_copy_constructible_v<Token>);
static_assert(!std::is_copy_assignable_v<Token>);
static_assert(!std::is_convertible_v<std::string, Token>);

}  // namespace keyledger
