// Leaves that are canonical Cap'n Proto of the schema, and yet not what is ever written.

#include "ledger/stored/event_codec.hpp"
#include "tests/support/randomness.hpp"

#include <capnp/message.h>
#include <catch2/catch.hpp>
#include <ledger/stored/event.capnp.h>

#include <cstring>
#include <functional>

namespace keyledger {

namespace {

using Change = std::function<void(stored::Event::Builder)>;

// The leaf of `event` after `change`.
std::string leaf_after(Event event, const Change& change) {
    SeededRandom salts(1);
    const std::string leaf = encode(event, salts).leaf;
    std::vector<capnp::word> words(leaf.size() / sizeof(capnp::word) - 1);
    std::memcpy(static_cast<void*>(words.data()), leaf.data() + 8, leaf.size() - 8);
    const kj::ArrayPtr<const capnp::word> segment(words.data(), words.size());
    capnp::SegmentArrayMessageReader reader({&segment, 1});
    capnp::MallocMessageBuilder builder;
    builder.setRoot(reader.getRoot<stored::Event>());
    change(builder.getRoot<stored::Event>());
    const auto canonical = capnp::canonicalize(builder.getRoot<stored::Event>().asReader());
    const auto bytes = canonical.asBytes();
    return leaf.substr(0, 8) + std::string(bytes.begin(), bytes.end());
}

bool refused(const Event& event, const Change& change) {
    CHECK(decode(leaf_after(event, [](stored::Event::Builder) {}), ""));
    return !decode(leaf_after(event, change), "");
}

Event ledger_event(EventBody body) {
    Event event;
    event.envelope.seq = 7;
    event.body = std::move(body);
    return event;
}

Event key_event(EventBody body) {
    Event event = ledger_event(std::move(body));
    event.envelope.stream = {.kind = StreamKind::key, .key = *key_of(event.body)};
    return event;
}

const KeyId key{{1}};

const std::array<std::uint8_t, 33> zeros{};
capnp::Data::Reader zero_bytes(std::size_t size) {
    return {zeros.data(), size};
}

}  // namespace

TEST_CASE("what is empty is absent, and no other spelling of it is taken") {
    const Event stopped = ledger_event(LedgerStopped{.node = 1, .boot = 2});
    CHECK(refused(stopped, [](auto event) { event.setWorkspace(""); }));
    CHECK(refused(stopped, [](auto event) { event.setPrevious(zero_bytes(32)); }));
    CHECK(refused(stopped, [](auto event) { event.initReason(0); }));
    const Event scoped = key_event(KeyScoped{.key = key, .before = {}, .after = {"a:b"}});
    CHECK(refused(scoped, [](auto event) { event.getBody().getKeyScoped().initBefore(0); }));
    CHECK(
        refused(scoped, [](auto event) { event.getBody().getKeyScoped().getAfter().set(0, ""); }));
    Event used = ledger_event(KeysUsed{});
    used.envelope.stream.kind = StreamKind::uses;
    CHECK(refused(used, [](auto event) { event.getBody().getKeysUsed().initRows(0); }));
}

TEST_CASE("a digest of another length is refused") {
    const Event stopped = ledger_event(LedgerStopped{.node = 1, .boot = 2});
    const std::string bytes(33, 'x');
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    for (const std::size_t size : {1, 31, 33})
        CHECK(refused(stopped, [&](auto event) { event.setPrevious({data, size}); }));
    CHECK_FALSE(refused(stopped, [&](auto event) { event.setPrevious({data, 32}); }));
}

TEST_CASE("numbers beyond what they count or name are refused") {
    const Event stopped = ledger_event(LedgerStopped{.node = 1, .boot = 2});
    CHECK(refused(stopped, [](auto event) { event.setStreamKind(4); }));
    CHECK(refused(stopped, [](auto event) { event.setActorKind(2); }));
    const Event rotated = key_event(KeyRotated{.key = key, .version = 2, .hint = {}});
    CHECK(refused(rotated,
                  [](auto event) { event.getBody().getKeyRotated().setVersion(1ULL << 32); }));
    const Event changed =
        key_event(KeyChanged{.key = key, .changed = 1, .before = {}, .after = {}});
    CHECK(refused(changed, [](auto event) { event.getBody().getKeyChanged().setChanged(128); }));
    Event created = key_event(KeyCreated{.key = key,
                                         .environment = {},
                                         .settings = {},
                                         .scopes = {},
                                         .resource = {},
                                         .not_before = {},
                                         .hint = {}});
    std::get<KeyCreated>(created.body).settings.allowed_ranges.resize(1);
    std::get<KeyCreated>(created.body).settings.rate_limit.emplace();
    const auto settings = [](stored::Event::Builder event) {
        return event.getBody().getKeyCreated().getSettings();
    };
    CHECK(refused(created, [](auto event) { event.getBody().getKeyCreated().setOrigin(2); }));
    CHECK(refused(created,
                  [&](auto event) { settings(event).getAllowedRanges()[0].setPrefixBits(129); }));
    CHECK(
        refused(created, [&](auto event) { settings(event).getRateLimit().setLimit(1ULL << 32); }));
    Event used = ledger_event(KeysUsed{.flush = {}, .rows = {UseRow{}}});
    used.envelope.stream.kind = StreamKind::uses;
    CHECK(refused(used,
                  [](auto event) { event.getBody().getKeysUsed().getRows()[0].setOutcome(15); }));
    const Event workspace = ledger_event(WorkspaceCreated{});
    const auto document = [](stored::Event::Builder event) {
        return event.getBody().getWorkspaceCreated().getDocument();
    };
    CHECK(refused(workspace, [&](auto event) { document(event).setLocale(2); }));
    CHECK(refused(workspace, [&](auto event) { document(event).setEmptyScopes(2); }));
    CHECK(refused(workspace, [&](auto event) { document(event).setOnStale(2); }));
}

TEST_CASE("a stream that does not fit the body is refused") {
    const Event revoked = key_event(KeyRevoked{key});
    for (const int kind : {0, 2, 3})
        CHECK(refused(revoked,
                      [&](auto event) { event.setStreamKind(static_cast<std::uint8_t>(kind)); }));
    const Event stopped = ledger_event(LedgerStopped{.node = 1, .boot = 2});
    CHECK(refused(stopped, [](auto event) { event.setStreamKind(1); }));
    CHECK(refused(stopped, [](auto event) { event.setStreamKeyLow(1); }));
}

TEST_CASE("a struct that must be there is never absent") {
    CHECK(refused(key_event(KeyRevoked{key}),
                  [](auto event) { event.getBody().disownKeyRevoked(); }));
    const Event changed =
        key_event(KeyChanged{.key = key, .changed = 0, .before = {}, .after = {}});
    CHECK(refused(changed, [](auto event) { event.getBody().getKeyChanged().disownBefore(); }));
    CHECK(refused(changed, [](auto event) { event.getBody().getKeyChanged().disownAfter(); }));
    CHECK(refused(ledger_event(WorkspaceCreated{}),
                  [](auto event) { event.getBody().getWorkspaceCreated().disownDocument(); }));
}

}  // namespace keyledger
