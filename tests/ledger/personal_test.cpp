#include "ledger/stored/personal.hpp"

#include "ledger/base/sha256.hpp"
#include "ledger/stored/event_codec.hpp"
#include "tests/support/randomness.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

Event changed_key() {
    Event event;
    event.envelope.stream = {.kind = StreamKind::key, .key = {{9}}};
    event.envelope.actor.address = "192.0.2.7";
    event.envelope.reason = "moved";
    KeyChanged fact;
    fact.key = {{9}};
    fact.changed = 1U << static_cast<unsigned>(Setting::owner);
    fact.before.owner = "ana@example.com";
    fact.after.owner = "bo@example.com";
    event.body = fact;
    return event;
}

// As event_codec.hpp writes it: ordinal, salt, length, value.
std::string entry(int ordinal, const std::string& salt, const std::string& value) {
    std::string bytes(1, static_cast<char>(ordinal));
    bytes += salt;
    append_u32(bytes, static_cast<std::uint32_t>(value.size()));
    return bytes + value;
}

const std::string salts[4] = {std::string(32, 'a'), std::string(32, 'b'), std::string(32, 'c'),
                              std::string(32, 'd')};

StoredEvent stored_with_known_salts(Event& event) {
    std::vector<std::uint8_t> script;
    for (const std::string& salt : salts) script.insert(script.end(), salt.begin(), salt.end());
    ScriptedRandom random(script);
    StoredEvent stored = encode(event, random);
    CHECK(random.left() == 0);
    return stored;
}

}  // namespace

TEST_CASE("personal values stand beside the leaf, in the order of their ordinals") {
    Event event = changed_key();
    const StoredEvent stored = stored_with_known_salts(event);
    CHECK(stored.personal == entry(1, salts[0], "192.0.2.7") + entry(2, salts[1], "moved") +
                                 entry(4, salts[2], "bo@example.com") +
                                 entry(7, salts[3], "ana@example.com"));
    for (const std::string value : {"192.0.2.7", "moved", "bo@example.com", "ana@example.com"})
        CHECK(stored.leaf.find(value) == std::string::npos);
}

TEST_CASE("a commitment is the digest of the salt and the value") {
    Event event = changed_key();
    const StoredEvent stored = stored_with_known_salts(event);
    CHECK(event.envelope.reason.commitment == sha256(salts[1] + "moved"));
    CHECK(stored.leaf.find(view_of(sha256(salts[1] + "moved"))) != std::string::npos);
    const auto decoded = decode(stored.leaf, stored.personal);
    REQUIRE(decoded);
    CHECK(decoded->envelope.reason.commitment == event.envelope.reason.commitment);
    CHECK(std::get<KeyChanged>(decoded->body).after.name.commitment == Digest{});
}

TEST_CASE("the same values have other commitments under other salts") {
    Event first = changed_key(), second = changed_key();
    SeededRandom some(1), others(2);
    CHECK(encode(first, some).leaf != encode(second, others).leaf);
    CHECK(first == second);
}

TEST_CASE("a value that is gone is marked erased, and the others stay") {
    Event event = changed_key();
    const StoredEvent stored = stored_with_known_salts(event);
    const auto decoded = decode(
        stored.leaf, entry(1, salts[0], "192.0.2.7") + entry(7, salts[3], "ana@example.com"));
    REQUIRE(decoded);
    CHECK(decoded->envelope.actor.address == Erasable("192.0.2.7"));
    CHECK(decoded->envelope.reason.erased);
    CHECK(decoded->envelope.reason.value.empty());
    const auto& fact = std::get<KeyChanged>(decoded->body);
    CHECK(fact.after.owner.erased);
    CHECK(fact.before.owner == Erasable("ana@example.com"));
    CHECK_FALSE(fact.before.name.erased);

    const auto bare = decode(stored.leaf, "");
    REQUIRE(bare);
    CHECK(bare->envelope.actor.address.erased);
    CHECK(bare->envelope.actor.address.commitment == event.envelope.actor.address.commitment);
}

TEST_CASE("a value or a salt that does not fit its commitment is refused") {
    Event event = changed_key();
    const StoredEvent stored = stored_with_known_salts(event);
    for (std::size_t at = 0; at < stored.personal.size(); ++at) {
        std::string wrong = stored.personal;
        wrong[at] = static_cast<char>(wrong[at] ^ 1);
        if (decode(stored.leaf, wrong)) FAIL_CHECK("byte " << at);
    }
}

TEST_CASE("personal values that are cut, out of order, twice there or too many are refused") {
    Event event = changed_key();
    const StoredEvent stored = stored_with_known_salts(event);
    const std::string address = entry(1, salts[0], "192.0.2.7"),
                      reason = entry(2, salts[1], "moved");
    CHECK(decode(stored.leaf, address + reason));
    CHECK_FALSE(decode(stored.leaf, reason + address));
    CHECK_FALSE(decode(stored.leaf, address + address));
    CHECK_FALSE(decode(stored.leaf, address + entry(3, salts[2], "no name was set")));
    CHECK_FALSE(decode(stored.leaf, address + entry(99, salts[2], "what is this")));
    CHECK_FALSE(decode(stored.leaf, address + "\1"));
    for (std::size_t size = 1; size < address.size(); ++size)
        CHECK_FALSE(decode(stored.leaf, address.substr(0, size)));
}

TEST_CASE("the address of a row has the row's number") {
    Event event;
    event.envelope.stream.kind = StreamKind::uses;
    KeysUsed used;
    used.rows.resize(3);
    for (std::size_t i = 0; i < used.rows.size(); ++i) {
        used.rows[i].key = {{1}};
        used.rows[i].count = 1;
    }
    used.rows[0].address = "192.0.2.1";
    used.rows[2].address = "192.0.2.3";
    event.body = used;
    std::vector<std::uint8_t> script(64, 'x');
    ScriptedRandom random(script);
    const StoredEvent stored = encode(event, random);
    const std::string salt(32, 'x');
    std::string first = "\x09", third = "\x09";
    append_u32(first, 0);
    append_u32(third, 2);
    first += entry(0, salt, "192.0.2.1").substr(1);
    third += entry(0, salt, "192.0.2.3").substr(1);
    CHECK(stored.personal == first + third);

    const auto decoded = decode(stored.leaf, third);
    REQUIRE(decoded);
    const auto& rows = std::get<KeysUsed>(decoded->body).rows;
    CHECK(rows[0].address.erased);
    CHECK(rows[1].address == Erasable());
    CHECK(rows[2].address == Erasable("192.0.2.3"));
    std::string misplaced = third;
    misplaced[4] = 0;
    CHECK_FALSE(decode(stored.leaf, misplaced));
}

}  // namespace keyledger
