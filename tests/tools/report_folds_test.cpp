// What reports make of the API's answers.

#include "tools/json_build.hpp"
#include "tools/report/event_reports.hpp"
#include "tools/report/key_reports.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

using namespace std::chrono_literals;

const Timestamp begin = *parse_rfc3339("2026-01-01T00:00:00Z");

std::string day(int number) {
    return to_rfc3339(begin + std::chrono::days(number));
}
Timestamp at_day(int number) {
    return begin + std::chrono::days(number);
}
std::string after(Duration duration) {
    return to_rfc3339(begin + duration);
}

struct Key {
    std::string status = "active";
    std::string created = day(0);
    std::string used = {}, rotated = {}, expires = {};  // empty: never
};

JsonValue key_of(const Key& given) {
    JsonValue key = json_object();
    add_member(key, "id", json_text("key_1"));
    add_member(key, "status", json_text(given.status));
    add_member(key, "createdAt", json_text(given.created));
    add_member(key, "lastUsedAt", json_text_or_null(given.used));
    add_member(key, "rotatedAt", json_text_or_null(given.rotated));
    add_member(key, "expiresAt", json_text_or_null(given.expires));
    return key;
}

TEST_CASE("a key is dormant if neither its making nor its last use is as new as the cut-off") {
    const auto is_dormant = [](const Key& key) {
        return dormant_item(key_of(key), at_day(10), at_day(20)).has_value();
    };
    CHECK(is_dormant({.used = day(9)}));
    CHECK_FALSE(is_dormant({.used = day(10)}));
    CHECK(is_dormant({}));
    CHECK_FALSE(is_dormant({.created = day(10)}));
    CHECK_FALSE(is_dormant({.created = day(11)}));
}

TEST_CASE("a dormant key says since when, and how many whole days") {
    const auto used = dormant_item(key_of({.used = day(3)}), at_day(10), at_day(20) + 23h);
    REQUIRE(used);
    CHECK(text_at(*used, "idleSince") == day(3));
    CHECK(number_at(*used, "idleDays") == 17);
    const auto never = dormant_item(key_of({.created = day(2)}), at_day(10), at_day(20));
    REQUIRE(never);
    CHECK(text_at(*never, "idleSince") == day(2));
}

TEST_CASE("what is revoked or expired is neither dormant, over age nor without an end") {
    for (const std::string status : {"revoked", "expired"}) {
        const JsonValue key = key_of({.status = status});
        CHECK_FALSE(dormant_item(key, at_day(10), at_day(20)));
        CHECK_FALSE(over_age_item(key, at_day(10), at_day(20)));
        CHECK_FALSE(unending_item(key, at_day(20)));
    }
    for (const std::string status : {"active", "suspended", "pending"}) {
        const JsonValue key = key_of({.status = status});
        CHECK(dormant_item(key, at_day(10), at_day(20)));
        CHECK(over_age_item(key, at_day(10), at_day(20)));
        CHECK(unending_item(key, at_day(20)));
    }
}

TEST_CASE("a key is over age by its newest secret") {
    CHECK(over_age_item(key_of({}), at_day(10), at_day(20)));
    CHECK_FALSE(over_age_item(key_of({.rotated = day(10)}), at_day(10), at_day(20)));
    const auto old = over_age_item(key_of({.rotated = day(9)}), at_day(10), at_day(20));
    REQUIRE(old);
    CHECK(text_at(*old, "secretSince") == day(9));
    CHECK(number_at(*old, "secretDays") == 11);
}

TEST_CASE("a key that expires has an end") {
    CHECK_FALSE(unending_item(key_of({.expires = day(100)}), at_day(20)));
}

TEST_CASE("the inventory counts the secrets that worked then") {
    FaultList faults;
    JsonValue key = key_of({});
    JsonValue secrets = *parse_json(R"([{"version":1,"validUntil":")" + day(5) +
                                        R"("},{"version":2,"validUntil":null}])",
                                    faults);
    add_member(key, "secrets", secrets);
    CHECK(number_at(inventory_item(key, at_day(4)), "secrets") == 2);
    CHECK(number_at(inventory_item(key, at_day(5)), "secrets") == 1);
}

JsonValue revocation() {
    FaultList faults;
    return *parse_json(R"({"seq":9,"time":")" + after(1s) +
                           R"(","workspace":"w","reason":"leaked","actor":{"id":"key_a"},)"
                           R"("requestId":null,"data":{"keyId":"key_1"}})",
                       faults);
}

struct Row {
    std::string outcome;
    Duration first, last;
    int count = 1;
    std::string key = "key_1";
};

JsonValue uses(const std::vector<Row>& rows) {
    JsonValue list;
    list.kind = JsonKind::array;
    for (const Row& row : rows) {
        JsonValue value = json_object();
        add_member(value, "keyId", json_text(row.key));
        add_member(value, "outcome", json_text(row.outcome));
        add_member(value, "count", json_number(static_cast<std::uint64_t>(row.count)));
        add_member(value, "first", json_text(after(row.first)));
        add_member(value, "last", json_text(after(row.last)));
        list.items.push_back(std::move(value));
    }
    JsonValue data = json_object();
    add_member(data, "rows", std::move(list));
    JsonValue event = json_object();
    add_member(event, "data", std::move(data));
    return event;
}

JsonValue folded(const std::vector<Row>& rows) {
    RevocationFold fold(revocation());
    CHECK(fold.key() == "key_1");
    CHECK(fold.seq() == 9);
    for (const Row& row : rows) REQUIRE(fold.take(uses({row})));
    return fold.item(key_of({.status = "revoked"}));
}

TEST_CASE("a revocation tells how often and how soon the key was refused after it") {
    const JsonValue item = folded({{"valid", 100ms, 1000ms, 5},
                                   {"revoked", 1040ms, 1060ms, 3},
                                   {"revoked", 2000ms, 2000ms, 1},
                                   {"revoked", 3000ms, 3000ms, 7, "key_2"},
                                   {"malformed", 2500ms, 2500ms, 2}});
    CHECK(number_at(item, "refusedAfter") == 4);
    CHECK(text_at(item, "firstRefusedAt") == after(1040ms));
    CHECK(text_at(item, "lastRefusedAt") == after(2000ms));
    CHECK(number_at(item, "firstRefusalMs") == 40);
    CHECK(number_at(item, "acceptedAfter") == 0);
    CHECK(item.find("acceptedAfterMs")->kind == JsonKind::null);
    CHECK(text_at(item, "reason") == "leaked");
}

TEST_CASE("a use that was let through after a revocation is counted, and by how much") {
    CHECK(number_at(folded({{"valid", 1001ms, 1003ms, 4}}), "acceptedAfter") == 4);
    const JsonValue straddling = folded({{"valid", 900ms, 1002ms, 50}});
    CHECK(number_at(straddling, "acceptedAfter") == 1);
    CHECK(number_at(straddling, "acceptedAfterMs") == 2);
}

TEST_CASE("a refusal before the revocation, of a secret that had ended, is none after it") {
    const JsonValue item = folded({{"revoked", 100ms, 900ms, 3}});
    CHECK(number_at(item, "refusedAfter") == 0);
    CHECK(item.find("firstRefusedAt")->kind == JsonKind::null);
}

TEST_CASE("uses that can't be read are not taken for none") {
    FaultList faults;
    RevocationFold fold(revocation());
    CHECK_FALSE(fold.take(*parse_json("{\"data\":{}}", faults)));
    CHECK_FALSE(fold.take(
        *parse_json(R"({"data":{"rows":[{"keyId":"key_1","outcome":"valid"}]}})", faults)));
}

TEST_CASE("privileged is who holds a wildcard, or anything of system") {
    const auto why = [](const std::string& scope, const std::string& workspace, bool asked) {
        JsonValue access = json_object();
        add_member(access, "scope", json_text_or_null(scope));
        const auto item = privileged_item(access, workspace, asked);
        return item ? text_at(*item, "why") : "";
    };
    CHECK(why("*", "acme", false) == "wildcard");
    CHECK(why("leads:*", "acme", false) == "wildcard");
    CHECK(why("leads:read", "acme", false).empty());
    CHECK(why("", "acme", false) == "empty list");
    CHECK(why("keys:read", "system", false) == "administers");
    CHECK(why("leads:read", "acme", true) == "asked");
}

TEST_CASE("a read of another workspace is left out, one that named none is not") {
    FaultList faults;
    const auto read_of = [&](const std::string& workspace) {
        return *parse_json(R"({"seq":1,"data":{"route":"/v1/events","workspace":)" + workspace +
                               "}}",
                           faults);
    };
    CHECK(access_log_item(read_of("\"acme\""), "acme"));
    CHECK_FALSE(access_log_item(read_of("\"beta\""), "acme"));
    CHECK(access_log_item(read_of("null"), "acme"));
    CHECK(access_log_item(read_of("\"beta\""), ""));
}

TEST_CASE("what a server shows agrees with the proved bytes but for what may be erased") {
    FaultList faults;
    const auto json = [&](const std::string& text) { return *parse_json(text, faults); };
    const JsonValue proved = json(
        R"({"seq":4,"reason":null,"end":null,"rows":[{"address":null,"n":1}],)"
        R"("erased":["/reason","/rows/0/address"]})");
    const auto shown = [&](const std::string& reason, const std::string& end,
                           const std::string& address, const std::string& n) {
        return json(R"({"seq":4,"reason":)" + reason + R"(,"end":)" + end +
                    R"(,"rows":[{"address":)" + address + R"(,"n":)" + n + R"(}],"erased":[]})");
    };
    CHECK(agrees(proved, shown("\"why\"", "null", "\"::1\"", "1")));
    CHECK(agrees(proved, shown("null", "null", "null", "1")));
    CHECK_FALSE(agrees(proved, shown("null", "\"2030\"", "null", "1")));
    CHECK_FALSE(agrees(proved, shown("null", "null", "null", "2")));
    CHECK_FALSE(agrees(proved, json(R"({"seq":4,"reason":null,"end":null,"rows":[],"erased":1})")));
    CHECK_FALSE(agrees(proved, json(R"({"seq":4})")));
}

}  // namespace
}  // namespace keyledger
