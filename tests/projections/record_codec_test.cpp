#include "projections/record_codec.hpp"

#include "tests/support/random_state.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <random>
#include <string>

namespace keyledger {

namespace {

constexpr int rounds = 200;

struct Records {
    KeyState key;
    KeyUse use;
    WorkspaceState workspace;
    std::string bytes;

    explicit Records(std::mt19937_64& engine)
        : key(random_key_state(engine)),
          use(random_key_use(engine)),
          workspace(random_workspace_state(engine)) {
        append_facts(bytes, key);
        append_values(bytes, key);
        append_use(bytes, use);
        append_workspace_record(bytes, workspace);
    }
};

// Reads all three; what it reads must not be looked at any further once it has failed.
bool reads(RecordReader& reader) {
    static_cast<void>(reader.key());
    static_cast<void>(reader.use());
    static_cast<void>(reader.workspace());
    return !reader.failed();
}

std::string varint(std::uint64_t number) {
    std::string bytes;
    append_number(bytes, number);
    return bytes;
}

}  // namespace

TEST_CASE("a record reads as it was written") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int i = 0; i < rounds; ++i) {
        const Records records(engine);
        RecordReader reader(records.bytes);
        REQUIRE(reader.key() == records.key);
        REQUIRE(reader.use() == records.use);
        REQUIRE(reader.workspace() == records.workspace);
        REQUIRE_FALSE(reader.failed());
        REQUIRE(reader.at_end());
    }
}

TEST_CASE("a record that is cut anywhere is said to be, and reads no further") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int i = 0; i < 20; ++i) {
        const Records records(engine);
        for (std::size_t size = 0; size < records.bytes.size(); ++size) {
            RecordReader reader(std::string_view(records.bytes).substr(0, size));
            REQUIRE_FALSE(reads(reader));
            REQUIRE(reader.at_end());
            REQUIRE(reader.number() == 0);
            REQUIRE(reader.text().empty());
        }
    }
}

// Whatever is read from a flipped bit writes as something that reads the same.
TEST_CASE("a flipped bit anywhere gives other values or none, and does no harm") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    std::size_t unread = 0;
    for (int i = 0; i < 10; ++i) {
        const Records records(engine);
        for (std::size_t at = 0; at < records.bytes.size() * 8; ++at) {
            std::string bytes = records.bytes;
            bytes[at / 8] = static_cast<char>(bytes[at / 8] ^ (1 << (at % 8)));
            RecordReader reader(bytes);
            const KeyState key = reader.key();
            if (reader.failed()) {
                ++unread;
                continue;
            }
            REQUIRE(key.origin <= Origin::imported);
            for (const AddressRange& range : key.settings.allowed_ranges) {
                REQUIRE(range.prefix_bits <= 128);
            }
            std::string again;
            append_facts(again, key);
            append_values(again, key);
            RecordReader second(again);
            REQUIRE(second.key() == key);
            unread += reads(reader) ? 0 : 1;
        }
    }
    CHECK(unread > 0);
}

TEST_CASE("bytes of no kind do no harm") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    for (int i = 0; i < 2000; ++i) {
        const std::string bytes = draw_bytes(engine, draw<std::size_t>(engine, 0, 300));
        RecordReader reader(bytes);
        if (!reads(reader)) REQUIRE(reader.at_end());
        RecordReader workspaces(bytes);
        static_cast<void>(workspaces.workspace());
        if (workspaces.failed()) REQUIRE(workspaces.at_end());
    }
}

TEST_CASE("a count of more things than there are bytes is refused before room is made for them") {
    const std::string too_many = varint(std::numeric_limits<std::uint64_t>::max()) + "abc";
    RecordReader reader(too_many);
    CHECK(reader.count() == 0);
    CHECK(reader.failed());
    const std::string too_long = varint(4) + "abc";
    RecordReader counted(too_long), text(too_long);
    CHECK(counted.count() == 0);
    CHECK(counted.failed());
    CHECK(text.text().empty());
    CHECK(text.failed());
    const std::string right = varint(3) + "abc";
    RecordReader fits(right);
    CHECK(fits.count() == 3);
    CHECK_FALSE(fits.failed());
}

TEST_CASE("numbers read as they were written, to their ends") {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    for (const std::uint64_t number :
         {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, most / 2, most - 1, most}) {
        const std::string bytes = varint(number);
        RecordReader reader(bytes);
        CHECK(reader.number() == number);
        CHECK(reader.at_end());
        CHECK_FALSE(reader.failed());
    }
    for (const std::int64_t number :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{-64},
          std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
        std::string bytes;
        append_signed(bytes, number);
        RecordReader reader(bytes);
        CHECK(reader.signed_number() == number);
        CHECK(reader.at_end());
    }
    const std::string small_first = varint(0) + varint(300);
    CHECK(small_first == std::string("\x00\xac\x02", 3));  // LEB128
}

TEST_CASE("a number of more than 64 bits, or more than its most, is refused") {
    const auto refuses = [](const std::string& bytes) {
        RecordReader reader(bytes);
        return reader.number() == 0 && reader.failed() && reader.at_end();
    };
    CHECK(refuses(std::string(9, '\xff') + '\x02'));
    CHECK(refuses(std::string(10, '\x80') + '\x01'));
    const std::string bytes = varint(300);
    RecordReader within(bytes), beyond(bytes);
    CHECK(within.number(300) == 300);
    CHECK(beyond.number(299) == 0);
    CHECK(beyond.failed());
}

// What makes the digest of the tables: values that may be erased are not in it.
TEST_CASE("the facts of a key do not change with its erasable values") {
    const std::uint64_t seed = test_seed();
    INFO("KEYLEDGER_TEST_SEED=" << seed);
    std::mt19937_64 engine(seed);
    KeyState key = random_key_state(engine);
    std::string before, after;
    append_facts(before, key);
    key.settings.name = "erased";
    key.settings.owner.clear();
    key.settings.metadata.clear();
    append_facts(after, key);
    CHECK(before == after);
    key.commitments[0] ^= 1;
    std::string other;
    append_facts(other, key);
    CHECK(before != other);
}

}  // namespace keyledger
