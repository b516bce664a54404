#include "ledger/rules/identifiers.hpp"

#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <numeric>
#include <unordered_set>

namespace keyledger {

namespace {

// RFC 9562, appendix A.6: 2022-02-22 14:22:22 GMT-5.
constexpr Uuid example{0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3,
                       0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};

KeyId draw_id(std::mt19937_64& engine) {
    KeyId id;
    for (std::uint8_t& byte : id.uuid) byte = static_cast<std::uint8_t>(draw<int>(engine, 0, 255));
    return id;
}

std::string swap_case(std::string text) {
    for (char& character : text) {
        if (std::isalpha(static_cast<unsigned char>(character))) {
            character = static_cast<char>(character ^ 0x20);
        }
    }
    return text;
}

}  // namespace

TEST_CASE("a UUIDv7 is made as the example of RFC 9562 is") {
    const Timestamp time = *parse_rfc3339("2022-02-22T14:22:22-05:00");
    // The example's random bits, with the bits that version and variant take set to all the others.
    ScriptedRandom random({0x8c, 0xc3, 0x58, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f});
    CHECK(mint_uuid7(time, random) == example);
    CHECK(random.left() == 0);
}

TEST_CASE("a UUID is written as RFC 9562 section 4 writes it, in lower case") {
    CHECK(to_text(example) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    CHECK(to_text(Uuid{}) == "00000000-0000-0000-0000-000000000000");
}

TEST_CASE("every UUIDv7 has its time, its version and its variant") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    SeededRandom random(seed);
    for (int round = 0; round < 1000; ++round) {
        const auto milliseconds = draw<std::int64_t>(engine, 0, (std::int64_t{1} << 48) - 1);
        const Uuid uuid = mint_uuid7(Timestamp(Duration(milliseconds)), random);
        std::int64_t read = 0;
        for (std::size_t i = 0; i < 6; ++i) read = read << 8 | uuid[i];
        CHECK(read == milliseconds);
        CHECK(uuid[6] >> 4 == 7);
        CHECK(uuid[8] >> 6 == 2);
    }
}

TEST_CASE("a later UUIDv7 sorts after an earlier one, as bytes and as a key's id") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    SeededRandom random(seed);
    KeyId last{mint_uuid7(Timestamp(Duration(1)), random)};
    for (std::int64_t time = 2; time < (std::int64_t{1} << 47); time *= 2) {
        const KeyId next{mint_uuid7(Timestamp(Duration(time)), random)};
        CHECK(last < next);
        CHECK(to_text(last) < to_text(next));
        last = next;
    }
}

TEST_CASE("a key's id is its UUID in Crockford's base 32") {
    // By python3: the 128-bit number, 26 times divmod(n, 32).
    Uuid counting;
    std::iota(counting.begin(), counting.end(), std::uint8_t{0});
    Uuid full;
    full.fill(0xff);
    CHECK(to_text(KeyId{}) == "key_00000000000000000000000000");
    CHECK(to_text(KeyId{full}) == "key_7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    CHECK(to_text(KeyId{counting}) == "key_00041061050R3GG28A1C60T3GF");
    CHECK(to_text(KeyId{example}) == "key_01FWHE4YDGFK1SHH6W1G60EECF");
    CHECK(parse_key_id("key_01FWHE4YDGFK1SHH6W1G60EECF") == KeyId{example});
    CHECK(parse_key_id("key_01fwhe4ydgfk1shh6w1g60eecf") == KeyId{example});
    CHECK(parse_key_id("key_7zzzzzzzzzzzzzzzzzzzzzzzzz") == KeyId{full});
}

TEST_CASE("every key's id is read as it was written, in either case") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int round = 0; round < 2000; ++round) {
        const KeyId id = draw_id(engine);
        const std::string text = to_text(id);
        CHECK(text.size() == 30);
        CHECK(parse_key_id(text) == id);
        CHECK(parse_key_id("key_" + swap_case(text.substr(4))) == id);
        std::string out = "id=";
        append_text(out, id);
        CHECK(out == "id=" + text);
    }
}

TEST_CASE("a text that is no key's id is refused") {
    const auto text =
        GENERATE(as<std::string>(), "", "key_", "key", "01FWHE4YDGFK1SHH6W1G60EECF",
                 "key_01FWHE4YDGFK1SHH6W1G60EEC", "key_01FWHE4YDGFK1SHH6W1G60EECF0",
                 "KEY_01FWHE4YDGFK1SHH6W1G60EECF", "key-01FWHE4YDGFK1SHH6W1G60EECF",
                 "kex_01FWHE4YDGFK1SHH6W1G60EECF", " key_01FWHE4YDGFK1SHH6W1G60EECF",
                 "key_01FWHE4YDGFK1SHH6W1G60EECF ", "key_01FWHE4YDGFK1SHH6W1G60EEC\n",
                 "key_017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "key__1FWHE4YDGFK1SHH6W1G60EECF");
    CHECK_FALSE(parse_key_id(text));
}

TEST_CASE("a key's id begins with 0 to 7, since more would not fit 128 bits") {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string first(1, static_cast<char>(byte));
        const bool fits = byte >= '0' && byte <= '7';
        CHECK(parse_key_id("key_" + first + std::string(25, '0')).has_value() == fits);
    }
}

TEST_CASE("each place of a key's id takes the 32 digits in both cases, and nothing else") {
    const std::string digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";
    const std::string id = to_text(KeyId{example});
    for (std::size_t place = 5; place < id.size(); ++place) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string changed = id;
            changed[place] = static_cast<char>(byte);
            const bool is_digit = digits.find(static_cast<char>(byte)) != std::string::npos;
            CHECK(parse_key_id(changed).has_value() == is_digit);
        }
    }
}

TEST_CASE("hashes of ids that were made in one millisecond differ") {
    std::unordered_set<std::size_t> hashes;
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    SeededRandom random(seed);
    for (int i = 0; i < 10'000; ++i) {
        hashes.insert(KeyIdHash()(KeyId{mint_uuid7(Timestamp(Duration(1)), random)}));
    }
    CHECK(hashes.size() == 10'000);
}

TEST_CASE("a slug is small letters, digits and inner dashes") {
    const std::string text =
        GENERATE(as<std::string>(), "a", "0", "system", "acme-2", "a--b", std::string(64, 'a'));
    INFO(text);
    CHECK(is_slug(text));
}

TEST_CASE("what is no slug is refused") {
    const std::string text =
        GENERATE(as<std::string>(), "", "-", "-a", "a-", "A", "a_b", "a.b", "a b", "a/b", "a%2fb",
                 "\xc3\xa9", "a\n", std::string(65, 'a'), std::string("a\0b", 3));
    INFO(text);
    CHECK_FALSE(is_slug(text));
}

TEST_CASE("a tag is one to sixteen small letters and digits") {
    const std::string text =
        GENERATE(as<std::string>(), "a", "0", "live", "hr", "0123456789abcdef");
    INFO(text);
    CHECK(is_tag(text));
}

TEST_CASE("what is no tag is refused") {
    const std::string text =
        GENERATE(as<std::string>(), "", "Live", "li-ve", "li_ve", "li.ve", "li ve",
                 "0123456789abcdefg", "\xc3\xa9", "live\n", std::string("a\0", 2));
    INFO(text);
    CHECK_FALSE(is_tag(text));
}

TEST_CASE("a name is one to 64 letters, digits, dots, underscores and dashes") {
    const std::string text = GENERATE(as<std::string>(), "a", "Z", "0", "live", "pre-prod_2.1", ".",
                                      "-", std::string(64, 'A'));
    INFO(text);
    CHECK(is_name(text));
}

TEST_CASE("what is no name is refused") {
    const std::string text =
        GENERATE(as<std::string>(), "", "a b", "a/b", "a:b", "a,b", "a*", "\xc3\xa9", "a\n",
                 std::string(65, 'a'), std::string("a\0", 2));
    INFO(text);
    CHECK_FALSE(is_name(text));
}

}  // namespace keyledger
