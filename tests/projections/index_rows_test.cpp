#include "projections/index_rows.hpp"

#include "ledger/log/idempotency_row.hpp"
#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace keyledger {

namespace {

Event event_of(EventBody body, std::uint64_t seq, std::uint64_t revision = 1) {
    Event event;
    event.body = std::move(body);
    event.envelope.seq = seq;
    event.envelope.time = noon;
    event.envelope.stream_revision = revision;
    if (const KeyId* key = key_of(event.body)) event.envelope.stream = {StreamKind::key, *key};
    return event;
}

std::vector<Row> rows_for(const Event& event, const KeyState* before = nullptr) {
    std::vector<Row> rows;
    append_index_rows(rows, event, before);
    return rows;
}

std::size_t count_of(const std::vector<Row>& rows, Family family) {
    return static_cast<std::size_t>(
        std::ranges::count_if(rows, [=](const Row& row) { return row.family == family; }));
}

std::string value_of(const std::vector<Row>& rows, Family family, const std::string& key) {
    const auto found = std::ranges::find_if(
        rows, [&](const Row& row) { return row.family == family && row.key == key; });
    return found == rows.end() ? "no row" : found->value;
}

std::string big_endian(std::uint64_t number) {
    std::string bytes;
    append_u64(bytes, number);
    return bytes;
}

UseRow use_of(std::uint32_t key, std::uint32_t count) {
    UseRow row;
    row.key = key_id(key);
    row.count = count;
    row.first = row.last = noon;
    return row;
}

}  // namespace

TEST_CASE("a key's event is found by its revision, and in its history") {
    const std::vector<Row> rows = rows_for(event_of(KeySuspended{key_id(5)}, 300, 7));
    CHECK(rows.size() == 2);
    const std::string id(reinterpret_cast<const char*>(key_id(5).uuid.data()), 16);
    CHECK(value_of(rows, Family::streams, id + big_endian(7)) == big_endian(300));
    CHECK(value_of(rows, Family::history, id + big_endian(300)) == "L");
    CHECK(stream_row_key(key_id(5), 7) == id + big_endian(7));
    CHECK(history_row_key(key_id(5), 300) == id + big_endian(300));
}

TEST_CASE("uses have no rows with their event") {
    CHECK(rows_for(event_of(KeysUsed{{7, 1, 1}, {use_of(1, 3), use_of(2, 9)}}, 40)).empty());
}

TEST_CASE("a workspace's event says what an empty list of scopes means from then on") {
    const std::string row_key = std::string("acme\0=\0", 7) + big_endian(1);
    WorkspaceCreated created{document("acme")};
    const std::vector<Row> rows = rows_for(event_of(created, 1));
    REQUIRE(rows.size() == 1);
    CHECK(value_of(rows, Family::access, row_key) == "n");
    created.document.empty_scopes = EmptyScopes::all;
    CHECK(value_of(rows_for(event_of(created, 1)), Family::access, row_key) == "a");
}

TEST_CASE("events of the ledger have no rows of their own") {
    CHECK(rows_for(event_of(LedgerStopped{1, 1}, 1)).empty());
    CHECK(rows_for(event_of(UsageGap{}, 1)).empty());
}

TEST_CASE("a request with an idempotency key is found by its slot") {
    Event event = event_of(WorkspaceCreated{document("acme")}, 12);
    event.envelope.idempotency = Idempotency{digest_of(1), digest_of(2)};
    event.envelope.command_events = 3;
    const std::vector<Row> rows = rows_for(event);
    REQUIRE(count_of(rows, Family::idempotency) == 1);
    const IdempotencyRow expected{
        .time = noon, .request = digest_of(2), .first_seq = 12, .count = 3};
    const std::string slot(view_of(digest_of(1)));
    CHECK(decode_idempotency_row(value_of(rows, Family::idempotency, slot)) == expected);
}

TEST_CASE("rows go only where they can be made again from the log") {
    Event event = event_of(KeySuspended{key_id(1)}, 40, 2);
    event.envelope.idempotency = Idempotency{digest_of(1), digest_of(2)};
    std::vector<Row> rows = rows_for(event);
    KeyState before;
    before.scopes = {"leads:read"};
    append_index_rows(rows, event_of(KeyRevoked{key_id(1)}, 41, 3), &before);
    for (const Row& row : rows) {
        CHECK(std::ranges::count(derived_families, row.family) == 1);
    }
    for (const Family family : derived_families) {
        // The tree's rows are not of one event, and those of uses come later.
        const bool later = family == Family::tree || family == Family::usage;
        CHECK((count_of(rows, family) > 0) == !later);
    }
}

}  // namespace keyledger
