// Uses that were counted since the last flush, and the ledger's own events.

#include "tests/support/given.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace keyledger {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t node = 7;

UseRow row_of(std::uint32_t number, std::uint32_t count, std::string scope = "leads:read") {
    UseRow row;
    row.key = key_id(number);
    row.secret_version = 1;
    row.scope = std::move(scope);
    row.count = count;
    row.spent = count;
    row.first = noon - 50ms;
    row.last = noon;
    return row;
}

RecordUses flush_of(std::uint64_t boot, std::uint64_t number, std::vector<UseRow> rows) {
    return {.flush = {.node = node, .boot = boot, .number = number}, .rows = std::move(rows)};
}

// With `keys` keys, numbered from 1; their events have the seqs from 2 on. Seq 0 starts boot 1.
Given started(std::uint32_t keys) {
    std::vector<Draft> facts{{.workspace = std::string(system_slug),
                              .stream = {},
                              .body = LedgerStarted{.node = node, .boot = 1, .version = ""}},
                             made(document("acme"))};
    for (std::uint32_t i = 1; i <= keys; ++i) facts.push_back(made(new_key(i)));
    return Given(facts);
}

const KeysUsed& used(const Event& event) {
    return std::get<KeysUsed>(event.body);
}

// Each row's total is the one before it plus its count, and its predecessor the last event before
// its own that speaks of the key.
void check_chains(const ModelLedger& ledger) {
    std::map<KeyId, std::uint64_t> totals, last_seqs, own_seqs;
    for (const Event& event : ledger.events) {
        if (const KeyId* key = key_of(event.body)) last_seqs[*key] = event.envelope.seq;
        const auto* fact = std::get_if<KeysUsed>(&event.body);
        if (!fact) continue;
        own_seqs.clear();
        for (const UseRow& row : fact->rows) {
            totals[row.key] += row.count;
            CHECK(row.total == totals[row.key]);
            CHECK(row.prev_seq == last_seqs[row.key]);
            own_seqs[row.key] = event.envelope.seq;
        }
        for (const auto& [key, seq] : own_seqs) last_seqs[key] = seq;
    }
    for (const auto& [key, total] : totals) {
        CHECK(ledger.view.use(key).total == total);
        CHECK(ledger.view.use(key).last_seq == last_seqs[key]);
    }
}

}  // namespace

TEST_CASE("a flush is one event, its rows by key, each key's in the order they came") {
    Given ledger = started(2);
    const UseRow denied = [] {
        UseRow row = row_of(1, 4, "leads:write");
        row.outcome = Outcome::insufficient_scope;
        row.spent = 0;
        return row;
    }();
    UseRow first = row_of(1, 3), second = denied, third = row_of(2, 5);
    first.total = 3;
    second.total = 7;
    third.total = 5;
    first.prev_seq = second.prev_seq = 2;
    third.prev_seq = 3;
    const FlushTag flush{.node = node, .boot = 1, .number = 1};
    ledger.when(flush_of(1, 1, {row_of(1, 3), row_of(2, 5), denied}))
        .then(KeysUsed{.flush = flush, .rows = {first, second, third}});
    first.total = 10;
    first.prev_seq = 4;
    ledger.when(flush_of(1, 2, {row_of(1, 3)}))
        .then(KeysUsed{.flush = {.node = node, .boot = 1, .number = 2}, .rows = {first}});
    check_chains(ledger.ledger());
}

TEST_CASE("a flush without uses is no event") {
    started(1).when(flush_of(1, 1, {})).then_nothing();
}

TEST_CASE("a flush that is known to have been made is dropped") {
    Given ledger = started(1);
    CHECK(ledger.when(flush_of(1, 1, {row_of(1, 1)})).result()->events.size() == 1);
    ledger.when(flush_of(1, 1, {row_of(1, 1)})).then_nothing();
    CHECK(ledger.when(flush_of(1, 3, {row_of(1, 1)})).result()->events.size() == 1);
    ledger.when(flush_of(1, 2, {row_of(1, 1)})).then_nothing();
    ledger.when(flush_of(1, 3, {row_of(1, 1)})).then_nothing();
    CHECK(ledger.ledger().view.use(key_id(1)).total == 2);
}

TEST_CASE("a flush of an earlier start is dropped, and numbers begin anew with each start") {
    Given ledger = started(1);
    CHECK(ledger.when(flush_of(1, 5, {row_of(1, 1)})).result()->events.size() == 1);
    const LedgerStarted second{.node = node, .boot = 2, .version = "2"};
    ledger.when(RecordStart{second}).then(second);
    ledger.when(flush_of(1, 6, {row_of(1, 1)})).then_nothing();
    CHECK(ledger.when(flush_of(2, 1, {row_of(1, 1)})).result()->events.size() == 1);
    // Another node counts for itself.
    RecordUses other = flush_of(1, 1, {row_of(1, 1)});
    other.flush.node = node + 1;
    CHECK(ledger.when(other).result()->events.size() == 1);
}

TEST_CASE("a flush too long for one event becomes several, each key's rows in one of them") {
    const std::uint32_t keys = 150;
    Given ledger = started(keys);
    std::vector<UseRow> rows;
    for (std::uint32_t i = 0; i < 16 * keys; ++i) {
        rows.push_back(row_of(1 + i % keys, i, "leads:" + std::string(i % 90, 'x')));
    }
    const Then then = ledger.when(flush_of(1, 1, rows));
    REQUIRE(then.result());
    const std::size_t events = then.result()->events.size();
    CHECK(events > 1);
    std::map<KeyId, std::uint64_t> seen_in;
    std::size_t rows_seen = 0;
    for (const Event& event : ledger.ledger().events) {
        if (event.envelope.stream.kind != StreamKind::uses) continue;
        CHECK((used(event).flush == FlushTag{.node = node, .boot = 1, .number = 1}));
        rows_seen += used(event).rows.size();
        for (const UseRow& row : used(event).rows) {
            CHECK(seen_in.try_emplace(row.key, event.envelope.seq).first->second ==
                  event.envelope.seq);
        }
    }
    CHECK(rows_seen == rows.size());
    check_chains(ledger.ledger());
    ledger.when(flush_of(1, 1, rows)).then_nothing();
}

TEST_CASE("a flush is not cut into more events than it needs") {
    Given ledger = started(40);
    std::vector<UseRow> rows;
    for (std::uint32_t i = 1; i <= 40; ++i) {
        for (std::uint32_t j = 0; j < 8; ++j) rows.push_back(row_of(i, 1));
    }
    // 320 rows of less than 192 bytes.
    CHECK(ledger.when(flush_of(1, 1, rows)).result()->events.size() == 1);
}

TEST_CASE("the rows of one key that no event could hold go on in the next, and stay a chain") {
    Given ledger = started(3);
    std::vector<UseRow> rows;
    for (std::uint32_t i = 0; i < 1000; ++i) rows.push_back(row_of(2, 1 + i));
    rows.push_back(row_of(1, 1));
    rows.push_back(row_of(3, 1));
    const Then then = ledger.when(flush_of(1, 1, rows));
    REQUIRE(then.result());
    CHECK(then.result()->events.size() > 2);
    check_chains(ledger.ledger());
    CHECK(ledger.ledger().view.use(key_id(2)).total == 500'500);
    // The last of them is what the key's next use names.
    REQUIRE(ledger.when(flush_of(1, 2, {row_of(2, 1)})).result());
    check_chains(ledger.ledger());
}

TEST_CASE("an event of the longest rows that a check can cause fits a leaf") {
    std::string scopes;
    for (std::size_t i = 0; i < 100; ++i) scopes += std::string(128, 's') + ",";
    UseRow row = row_of(1, UINT32_MAX, scopes);
    row.resource = std::string(64, 'k') + "/" + std::string(200, 'i');
    row.address = "2001:db8:1111:2222:3333:4444:5555:6666";
    row.outcome = Outcome::valid;
    row.cost = UINT64_MAX;
    Given ledger = started(1);
    const Then then = ledger.when(flush_of(1, 1, std::vector<UseRow>(16, row)));
    REQUIRE(then.result());
    check_chains(ledger.ledger());
}

TEST_CASE("an event of as many rows as fit is below the leaf's limit, whatever their texts") {
    const std::size_t text = GENERATE(0, 1, 6, 7, 8, 9, 127, 128);
    Given ledger = started(1);
    UseRow row = row_of(1, UINT32_MAX, std::string(text, 's'));
    row.resource = std::string(text, 'r');
    row.address = "2001:db8:1111:2222:3333:4444:5555:6666";
    row.cost = UINT64_MAX;
    REQUIRE(ledger.when(flush_of(1, 1, std::vector<UseRow>(800, row))).result());
    std::size_t longest = 0;
    for (const StoredEvent& event : ledger.ledger().stored) {
        longest = std::max(longest, event.leaf.size());
    }
    CHECK(longest <= leaf_bytes_max);
    // The limit is used, not only kept.
    CHECK(longest > leaf_bytes_max / 2);
}

TEST_CASE("what was read is stated in the stream of audits, and without reads nothing is") {
    Given ledger = given();
    HistoryRead events, access;
    events.route = "/v1/events";
    access.route = "/v1/access";
    access.count = 3;
    ledger.when(RecordHistoryReads{{events, access}}).then(events, access);
    const Envelope& envelope = ledger.ledger().events.back().envelope;
    CHECK(envelope.stream == Stream{.kind = StreamKind::audit, .key = {}});
    CHECK(envelope.stream_revision == 2);
    CHECK(envelope.workspace == system_slug);
    ledger.when(RecordHistoryReads{}).then_nothing();
}

TEST_CASE("what proves the history is stated in the ledger's own stream") {
    Given ledger = given();
    const StreamHeadsSealed heads{.root = {1}, .keys = 2, .at_seq = 3};
    const LogKeyRotated rotated{.before = "a", .after = "b"};
    const TablesDigest digest{.at_seq = 4, .digest = {5}};
    ledger.when(SealStreamHeads{heads}).then(heads);
    ledger.when(RotateLogKey{rotated}).then(rotated);
    ledger.when(RecordTablesDigest{digest}).then(digest);
    const Envelope& envelope = ledger.ledger().events.back().envelope;
    CHECK(envelope.stream == Stream{.kind = StreamKind::ledger, .key = {}});
    CHECK(envelope.workspace == system_slug);
}

TEST_CASE("starts, stops and gaps are stated as they are") {
    Given ledger = given();
    const LedgerStarted start{.node = node, .boot = 1, .version = "0.1.0"};
    const LedgerStopped stop{.node = node, .boot = 1};
    const UsageGap gap{.node = node, .boot = 1, .from = dawn, .until = noon};
    ledger.when(RecordStart{start}).then(start);
    ledger.when(RecordStop{stop}).then(stop);
    ledger.when(RecordGap{gap}).then(gap);
    CHECK(ledger.ledger().events.back().envelope.workspace == system_slug);
}

}  // namespace keyledger
