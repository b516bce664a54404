// What the events of the ledger itself look like in answers.

#include "projections/export/event_json.hpp"

#include <catch2/catch.hpp>

namespace keyledger {

namespace {

const KeyId key = *parse_key_id("key_01ARZ3NDEKTSV4RRFFQ69G5FAV");

Timestamp at(const char* time) {
    return *parse_rfc3339(time);
}

// The member `data` of an event with that body.
std::string data_of(EventBody body) {
    Event event;
    event.body = std::move(body);
    std::string json;
    append_event(json, event, {});
    const std::size_t from = json.find("\"data\":") + 7, until = json.rfind(",\"leafHash\":");
    return json.substr(from, until - from);
}

}  // namespace

TEST_CASE("a read says who was asked about, and what was shown") {
    HistoryRead read;
    read.route = "/v1/events";
    read.until = 9;
    read.count = 1;
    read.first = read.last = at("2026-11-21T00:00:00Z");
    const std::string times =
        R"("first":"2026-11-21T00:00:00.000Z","last":"2026-11-21T00:00:00.000Z"})";
    CHECK(data_of(read) ==
          R"({"route":"/v1/events","keyId":null,"workspace":null,"filter":null,"from":0,"until":9,)"
          R"("events":0,"count":1,)" +
              times);
    read.of_key = key;
    read.of_workspace = "acme";
    read.filter = "type=KeyRevoked";
    read.from = 3;
    read.events = 7;
    CHECK(data_of(read) ==
          R"({"route":"/v1/events","keyId":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV","workspace":"acme",)"
          R"("filter":"type=KeyRevoked","from":3,"until":9,"events":7,"count":1,)" +
              times);
}

TEST_CASE("heads, log keys and digests of tables are shown as they are checked") {
    Digest root{};
    root.fill(0xff);
    CHECK(data_of(StreamHeadsSealed{.root = root, .keys = 2, .at_seq = 5}) ==
          R"({"root":"//////////////////////////////////////////8=","keys":2,"atSeq":5})");
    CHECK(data_of(LogKeyRotated{.before = "l+1+A", .after = "l+2+B"}) ==
          R"({"before":"l+1+A","after":"l+2+B"})");
    TablesDigest digest{.at_seq = 5, .digest = {}};
    digest.digest.back() = 0x1f;
    CHECK(data_of(digest) ==
          R"({"atSeq":5,"digest":"0000000000000000000000000000001f"})");
}

}  // namespace keyledger
