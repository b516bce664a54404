#include "projections/export/event_json.hpp"

#include <catch2/catch.hpp>

namespace keyledger {
namespace {

Timestamp at(std::string_view text) {
    const auto time = parse_rfc3339(text);
    REQUIRE(time);
    return *time;
}

const KeyId key = *parse_key_id("key_01ARZ3NDEKTSV4RRFFQ69G5FAV");
const KeyId admin = *parse_key_id("key_01BX5ZZKBKACTAV9WEVGEMMVRZ");

Event event_of(EventBody body) {
    Event event;
    event.envelope.seq = 12;
    event.envelope.id = key.uuid;
    event.envelope.time = at("2026-11-21T20:53:04.123Z");
    event.envelope.workspace = "acme";
    event.envelope.stream = {StreamKind::key, key};
    event.envelope.stream_revision = 3;
    event.body = std::move(body);
    return event;
}

std::string json_of(const Event& event, const RowFilter& shows_row = {}) {
    std::string out;
    append_event(out, event, Digest{}, shows_row);
    return out;
}

// The value of a member that stands once in the text, up to `next`.
std::string between(const std::string& text, const std::string& member, const std::string& next) {
    const std::size_t start = text.find("\"" + member + "\":");
    REQUIRE(start != std::string::npos);
    const std::size_t from = start + member.size() + 3;
    const std::size_t end = text.rfind(",\"" + next + "\":");
    REQUIRE(end != std::string::npos);
    return text.substr(from, end - from);
}

std::string data_of(const Event& event, const RowFilter& shows_row = {}) {
    return between(json_of(event, shows_row), "data", "leafHash");
}

StatedSettings settings() {
    StatedSettings said;
    said.name = "Name";
    said.owner = "owner";
    said.metadata = R"({"n":1.50})";
    said.expires_at = at("2027-01-01T00:00:00Z");
    said.rate_limit = RateLimit{300, std::chrono::minutes(1)};
    said.quota = QuotaLimit{1000, std::nullopt};
    said.allowed_ranges = {*parse_range("192.0.2.0/24")};
    return said;
}

TEST_CASE("an event shows its whole envelope") {
    Event event = event_of(KeyRevoked{key});
    event.envelope.actor = {ActorKind::admin_key, admin, "192.0.2.7"};
    event.envelope.request_id = "r-1";
    event.envelope.reason = "a \"leak\"";
    std::string out;
    Digest leaf;
    leaf.fill(0xff);
    append_event(out, event, leaf);
    CHECK(
        out ==
        R"({"seq":12,"id":"01563e3a-b5d3-d676-4c61-efb99302bd5b","type":"KeyRevoked","version":1,)"
        R"("time":"2026-11-21T20:53:04.123Z","workspace":"acme",)"
        R"("stream":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV","revision":3,)"
        R"("actor":{"kind":"admin_key","id":"key_01BX5ZZKBKACTAV9WEVGEMMVRZ",)"
          R"("address":"192.0.2.7"},)"
        R"("requestId":"r-1","reason":"a \"leak\"",)"
        R"("data":{"keyId":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV"},)"
        R"("leafHash":"//////////////////////////////////////////8=","erased":[]})");
}

TEST_CASE("what the system does has no actor's id, and what there is none of is null") {
    Event event = event_of(LedgerStarted{1, 18446744073709551615ULL, "0.1.0"});
    event.envelope.stream = {StreamKind::ledger, {}};
    const std::string text = json_of(event);
    CHECK(between(text, "actor", "requestId") == R"({"kind":"system","id":null,"address":null})");
    CHECK(between(text, "requestId", "reason") == "null");
    CHECK(between(text, "reason", "data") == "null");
    CHECK(between(text, "stream", "revision") == R"("ledger")");
    CHECK(data_of(event) == R"({"node":"1","boot":"18446744073709551615","version":"0.1.0"})");
}

TEST_CASE("a stream is named by its key or its kind") {
    CHECK(to_text(Stream{StreamKind::key, key}) == "key_01ARZ3NDEKTSV4RRFFQ69G5FAV");
    CHECK(to_text(Stream{StreamKind::uses, {}}) == "uses");
    CHECK(to_text(Stream{StreamKind::audit, {}}) == "audit");
    CHECK(to_text(Stream{StreamKind::ledger, {}}) == "ledger");
}

TEST_CASE("a created key shows its values and no digest") {
    KeyCreated created{.key = key,
                       .environment = "live",
                       .settings = settings(),
                       .scopes = {"a:b"},
                       .resource = Resource{"agent", "1"},
                       .not_before = at("2026-12-01T00:00:00Z"),
                       .origin = Origin::minted,
                       .digest = {},
                       .hint = "hint0001"};
    created.digest.fill(0xab);
    CHECK(data_of(event_of(created)) ==
          R"({"keyId":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV","environment":"live","name":"Name",)"
          R"("owner":"owner","metadata":{"n":1.50},"expiresAt":"2027-01-01T00:00:00.000Z",)"
          R"("rateLimit":{"limit":300,"window":"1m"},"quota":{"limit":1000,"window":null},)"
          R"("allowedIps":["192.0.2.0/24"],"scopes":["a:b"],"resource":{"kind":"agent","id":"1"},)"
          R"("notBefore":"2026-12-01T00:00:00.000Z","origin":"mint","secretVersion":1,)"
          R"("hint":"hint0001"})");
    KeyCreated imported{.key = key,
                        .environment = "live",
                        .settings = {},
                        .scopes = {},
                        .resource = {},
                        .not_before = {},
                        .origin = Origin::imported,
                        .digest = created.digest,
                        .hint = ""};
    imported.settings.name = "Old";
    CHECK(data_of(event_of(imported)) ==
          R"({"keyId":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV","environment":"live","name":"Old",)"
          R"("owner":null,"metadata":null,"expiresAt":null,"rateLimit":null,"quota":null,)"
          R"("allowedIps":[],"scopes":[],"resource":null,"notBefore":null,"origin":"import",)"
          R"("secretVersion":1,"hint":null})");
}

TEST_CASE("a change shows the old and the new values of what changed alone") {
    CHECK(data_of(event_of(KeyScoped{key, {"a:b"}, {}})) ==
          R"({"keyId":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV","before":{"scopes":["a:b"]},)"
          R"("after":{"scopes":[]}})");
    KeyChanged changed{.key = key, .changed = 0, .before = {}, .after = {}};
    changed.changed =
        1U << static_cast<unsigned>(Setting::owner) | 1U << static_cast<unsigned>(Setting::quota);
    changed.before.owner = "old";
    changed.after.quota = QuotaLimit{5, std::chrono::hours(24)};
    CHECK(data_of(event_of(changed)) ==
          R"({"keyId":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV","before":{"owner":"old","quota":null},)"
          R"("after":{"owner":null,"quota":{"limit":5,"window":"1d"}}})");
}

TEST_CASE("each setting that changed is shown under its own name") {
    const std::vector<std::pair<Setting, std::string>> members{
        {Setting::name, R"({"name":"Name"})"},
        {Setting::owner, R"({"owner":"owner"})"},
        {Setting::metadata, R"({"metadata":{"n":1.50}})"},
        {Setting::expires_at, R"({"expiresAt":"2027-01-01T00:00:00.000Z"})"},
        {Setting::rate_limit, R"({"rateLimit":{"limit":300,"window":"1m"}})"},
        {Setting::quota, R"({"quota":{"limit":1000,"window":null}})"},
        {Setting::allowed_ranges, R"({"allowedIps":["192.0.2.0/24"]})"}};
    REQUIRE(members.size() == settings_count);
    for (const auto& [setting, after] : members) {
        const KeyChanged changed{.key = key,
                                 .changed = 1U << static_cast<unsigned>(setting),
                                 .before = {},
                                 .after = settings()};
        const std::string data = data_of(event_of(changed));
        INFO(data);
        CHECK(data.ends_with(",\"after\":" + after + "}"));
    }
}

TEST_CASE("a rotation shows the version and the hint, never the digest") {
    KeyRotated rotated{.key = key,
                       .version = 2,
                       .digest = {},
                       .hint = "hint0002",
                       .older_valid_until = at("2026-11-22T00:00:00Z")};
    rotated.digest.fill(0xab);
    CHECK(data_of(event_of(rotated)) ==
          R"({"keyId":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV","secretVersion":2,"hint":"hint0002",)"
          R"("olderValidUntil":"2026-11-22T00:00:00.000Z"})");
}

TEST_CASE("a workspace shows what it was made of, then what changed") {
    WorkspaceDocument document;
    document.slug = "acme";
    document.name = "Acme";
    document.prefix = "ac";
    document.environments = {{"live", "live", std::nullopt}};
    CHECK(data_of(event_of(WorkspaceCreated{document})) ==
          R"({"slug":"acme","name":"Acme","prefix":"ac",)"
          R"("environments":[{"name":"live","tag":"live","rateLimit":null}],"scopes":[],)"
          R"("emptyScopes":"none","onStale":"deny","locale":"en","errors":null})");
    WorkspaceDocument after = document;
    after.name = "Acme 2";
    after.empty_scopes = EmptyScopes::all;
    after.errors = ErrorDialect{"application/json", R"({"m":"{message}"})", {{"401", "no"}}, {}};
    CHECK(data_of(event_of(WorkspaceChanged{document, after})) ==
          R"({"before":{"name":"Acme","emptyScopes":"none","errors":null},)"
          R"("after":{"name":"Acme 2","emptyScopes":"all","errors":)"
          R"({"contentType":"application/json","body":{"m":"{message}"},)"
          R"("messages":{"401":"no"},"names":{}}}})");
}

KeysUsed uses() {
    UseRow first;
    first.key = key;
    first.secret_version = 2;
    first.outcome = Outcome::valid;
    first.scope = "a:b,c:d";
    first.resource = "agent/1";
    first.address = "192.0.2.7";
    first.count = 3;
    first.spent = 3;
    first.cost = 6;
    first.first = at("2026-11-21T20:53:04Z");
    first.last = at("2026-11-21T20:53:04.1Z");
    first.total = 10;
    first.prev_seq = 4;
    UseRow second;
    second.key = admin;
    second.outcome = Outcome::rate_limited;
    second.first = second.last = first.first;
    second.count = 1;
    second.total = 1;
    return {{1, 2, 3}, {first, second}};
}

const std::string first_row =
    R"({"keyId":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV","secretVersion":2,"outcome":"valid",)"
    R"("scope":"a:b,c:d","resource":"agent/1","address":"192.0.2.7","count":3,"spent":3,)"
    R"("cost":6,"first":"2026-11-21T20:53:04.000Z","last":"2026-11-21T20:53:04.100Z","total":10,)"
    R"("prevSeq":4})";
const std::string second_row =
    R"({"keyId":"key_01BX5ZZKBKACTAV9WEVGEMMVRZ","secretVersion":0,"outcome":"rate_limited",)"
    R"("scope":null,"resource":null,"address":null,"count":1,"spent":0,"cost":0,)"
    R"("first":"2026-11-21T20:53:04.000Z","last":"2026-11-21T20:53:04.000Z","total":1,)"
    R"("prevSeq":0})";

TEST_CASE("uses are shown row by row, and only the rows that the asker may see") {
    const std::string head = R"({"node":"1","boot":"2","flush":"3","rows":[)";
    const Event event = event_of(uses());
    CHECK(data_of(event) == head + first_row + "," + second_row + "]}");
    const auto of_second = [](const UseRow& row) { return row.key == admin; };
    CHECK(data_of(event, of_second) == head + second_row + "]}");
    CHECK(data_of(event, [](const UseRow&) { return false; }) == head + "]}");
}

TEST_CASE("a gap and a stop say which start they belong to") {
    CHECK(
        data_of(event_of(UsageGap{1, 2, at("2026-11-21T00:00:00Z"), at("2026-11-21T00:00:01Z")})) ==
        R"({"node":"1","boot":"2","from":"2026-11-21T00:00:00.000Z",)"
        R"("until":"2026-11-21T00:00:01.000Z"})");
    CHECK(data_of(event_of(LedgerStopped{1, 2})) == R"({"node":"1","boot":"2"})");
    for (const EventBody& body : {EventBody(KeySuspended{key}), EventBody(KeyResumed{key})}) {
        CHECK(data_of(event_of(body)) == R"({"keyId":"key_01ARZ3NDEKTSV4RRFFQ69G5FAV"})");
    }
}

Erasable erased() {
    Erasable value;
    value.erased = true;
    value.commitment.fill(1);
    return value;
}

std::string erased_of(const Event& event, const RowFilter& shows_row = {}) {
    const std::string text = json_of(event, shows_row);
    const std::size_t start = text.rfind("\"erased\":");
    REQUIRE(start != std::string::npos);
    return text.substr(start + 9);
}

TEST_CASE("an erased value is null, and its place is told") {
    KeyCreated created{.key = key,
                       .environment = "live",
                       .settings = {},
                       .scopes = {},
                       .resource = {},
                       .not_before = {},
                       .origin = Origin::minted,
                       .digest = {},
                       .hint = "hint0001"};
    created.settings.name = erased();
    created.settings.owner = erased();
    created.settings.metadata = erased();
    Event event = event_of(created);
    event.envelope.reason = erased();
    event.envelope.actor = {ActorKind::admin_key, admin, erased()};
    CHECK(erased_of(event) ==
          R"(["/actor/address","/reason","/data/name","/data/owner","/data/metadata"]})");
    CHECK(data_of(event).find(R"("name":null,"owner":null,"metadata":null,)") != std::string::npos);
    CHECK(between(json_of(event), "reason", "data") == "null");

    KeyChanged changed{.key = key, .changed = 0, .before = {}, .after = {}};
    changed.changed = 1U << static_cast<unsigned>(Setting::owner);
    changed.before.owner = erased();
    changed.after.owner = "new";
    CHECK(erased_of(event_of(changed)) == R"(["/data/before/owner"]})");
    changed.after.owner = erased();
    CHECK(erased_of(event_of(changed)) == R"(["/data/before/owner","/data/after/owner"]})");
    changed.changed = 1U << static_cast<unsigned>(Setting::name);
    CHECK(erased_of(event_of(changed)) == "[]}");

    KeysUsed used = uses();
    used.rows[1].address = erased();
    CHECK(erased_of(event_of(used)) == R"(["/data/rows/1/address"]})");
    const auto of_second = [](const UseRow& row) { return row.key == admin; };
    CHECK(erased_of(event_of(used), of_second) == R"(["/data/rows/0/address"]})");
}

TEST_CASE("texts in an event can't break out") {
    Event event = event_of(LedgerStarted{1, 2, "\"}\n"});
    event.envelope.request_id = "\"},\"seq\":0,{\"";
    event.envelope.reason = "\\\"\x01";
    const std::string text = json_of(event);
    CHECK(text.find(R"("requestId":"\"},\"seq\":0,{\"")") != std::string::npos);
    CHECK(text.find(R"("reason":"\\\"\u0001")") != std::string::npos);
    CHECK(text.find(R"("version":"\"}\n"})") != std::string::npos);
}

}  // namespace
}  // namespace keyledger
