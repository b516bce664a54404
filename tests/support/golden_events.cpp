#include "tests/support/golden_events.hpp"

namespace keyledger {

namespace {

Timestamp at(const char* time) {
    return *parse_rfc3339(time);
}

Uuid uuid(std::uint8_t last) {
    return {0x01, 0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x73, 0x45,
            0x89, 0x67, 0xab, 0xcd, 0xef, 0x01, 0x23, last};
}

Digest digest(std::uint8_t first) {
    Digest bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
    return bytes;
}

const KeyId key{uuid(0x11)};

// Everything that an envelope can hold.
Event full(EventBody body) {
    Event event;
    Envelope& envelope = event.envelope;
    envelope.seq = 0x0102030405060708;
    envelope.id = uuid(0x22);
    envelope.time = at("2026-11-21T20:53:04.123Z");
    envelope.workspace = "acme";
    envelope.stream_revision = 3;
    envelope.previous = digest(0x40);
    envelope.actor = {.kind = ActorKind::admin_key, .id = {uuid(0x33)}, .address = "192.0.2.7"};
    envelope.request_id = "req-0001";
    envelope.reason = "se pidió así";
    envelope.idempotency = Idempotency{.slot = digest(0x60), .request = digest(0x80)};
    envelope.command_events = 2;
    event.body = std::move(body);
    const KeyId* of = key_of(event.body);
    envelope.stream = {.kind = of ? StreamKind::key : StreamKind::audit, .key = of ? *of : KeyId{}};
    return event;
}

// As little as an envelope can hold.
Event bare(StreamKind stream, EventBody body) {
    Event event;
    event.envelope.stream.kind = stream;
    event.envelope.command_events = 0;
    event.body = std::move(body);
    return event;
}

WorkspaceDocument document() {
    WorkspaceDocument document;
    document.slug = "acme";
    document.name = "Acme, S.A.";
    document.prefix = "acme";
    document.environments = {
        {.name = "live",
         .tag = "live",
         .rate_limit = RateLimit{.limit = 600, .window = std::chrono::minutes(1)}},
        {.name = "test", .tag = "test", .rate_limit = std::nullopt}};
    document.scopes = {{.name = "leads:read", .description = "Read leads"},
                       {.name = "leads:*", .description = ""}};
    document.empty_scopes = EmptyScopes::all;
    document.on_stale = OnStale::serve;
    document.locale = Locale::es;
    document.errors = ErrorDialect{.content_type = "application/json",
                                   .body = R"({"error":"{message}"})",
                                   .messages = {{"revoked", "Clave revocada"}, {"401", "No"}},
                                   .names = {{"message", "detail"}}};
    return document;
}

StatedSettings settings() {
    StatedSettings settings;
    settings.name = "billing worker";
    settings.owner = "ana@example.com";
    settings.metadata = R"({"team":"billing"})";
    settings.expires_at = at("2027-11-21T00:00:00Z");
    settings.rate_limit = RateLimit{.limit = 100, .window = std::chrono::seconds(30)};
    settings.quota = QuotaLimit{.limit = 1'000'000, .window = std::chrono::days(30)};
    settings.allowed_ranges = {*parse_range("192.0.2.0/24"), *parse_range("2001:db8::/32")};
    return settings;
}

KeyCreated created() {
    KeyCreated fact;
    fact.key = key;
    fact.environment = "live";
    fact.settings = settings();
    fact.scopes = {"invoices:read", "leads:*"};
    fact.resource = Resource{.kind = "location", .id = "madrid-1"};
    fact.not_before = at("2026-12-01T00:00:00Z");
    fact.origin = Origin::imported;
    fact.digest = digest(0xa0);
    fact.hint = "a1B2c3D4";
    return fact;
}

KeyChanged changed() {
    KeyChanged fact;
    fact.key = key;
    fact.changed =
        1U << static_cast<unsigned>(Setting::owner) | 1U << static_cast<unsigned>(Setting::quota);
    fact.before.owner = "ana@example.com";
    fact.after.owner = "bo@example.com";
    fact.after.quota = QuotaLimit{.limit = 5, .window = std::nullopt};
    return fact;
}

KeysUsed used() {
    UseRow valid;
    valid.key = key;
    valid.secret_version = 2;
    valid.scope = "leads:read";
    valid.resource = "location/madrid-1";
    valid.address = "2001:db8::7";
    valid.count = 1;
    valid.spent = 1;
    valid.cost = 3;
    valid.first = at("2026-11-21T20:53:03.001Z");
    valid.last = valid.first;
    valid.total = 901;
    valid.prev_seq = 77;
    UseRow denied;
    denied.key = {uuid(0x12)};
    denied.outcome = Outcome::missing;
    denied.count = 4'000'000'000;
    denied.first = at("2026-11-21T20:53:03Z");
    denied.last = at("2026-11-21T20:53:04Z");
    denied.total = 4'000'000'000;
    return {.flush = {.node = 1, .boot = 0xfedcba9876543210, .number = 42},
            .rows = {valid, denied}};
}

HistoryRead read() {
    HistoryRead fact;
    fact.route = "/v1/keys/{id}/events";
    fact.of_key = key;
    fact.of_workspace = "acme";
    fact.filter = "type=KeyRevoked";
    fact.from = 17;
    fact.until = 4'000'000'000'000;
    fact.events = 12;
    fact.count = 2;
    fact.first = at("2026-11-21T20:00:00Z");
    fact.last = at("2026-11-21T20:53:04Z");
    return fact;
}

}  // namespace

std::vector<Event> golden_events() {
    WorkspaceDocument renamed = document();
    renamed.name = "Acme";
    renamed.errors.reset();
    return {
        full(WorkspaceCreated{document()}),
        full(WorkspaceChanged{.before = document(), .after = renamed}),
        full(created()),
        full(KeyScoped{.key = key, .before = {"leads:read"}, .after = {"*", "leads:read"}}),
        full(changed()),
        full(KeyRotated{.key = key,
                        .version = 2,
                        .digest = digest(0xc0),
                        .hint = "e5F6g7H8",
                        .older_valid_until = at("2026-11-22T20:53:04Z")}),
        full(KeySuspended{key}),
        full(KeyResumed{key}),
        full(KeyRevoked{key}),
        full(used()),
        full(UsageGap{.node = 1,
                      .boot = 2,
                      .from = at("2026-11-21T20:00:00Z"),
                      .until = at("2026-11-21T20:00:01Z")}),
        full(LedgerStarted{.node = 1, .boot = 2, .version = "0.1.0"}),
        full(LedgerStopped{.node = 1, .boot = 2}),
        bare(StreamKind::ledger, LedgerStopped{}),
        bare(StreamKind::uses, KeysUsed{}),
        bare(StreamKind::ledger, WorkspaceCreated{}),
        full(read()),
        full(StreamHeadsSealed{.root = digest(0xe0), .keys = 3, .at_seq = 0x0102030405060707}),
        full(LogKeyRotated{.before = "log.example+0a1b2c3d+AQ==",
                           .after = "log.example+4e5f6071+Ag=="}),
        full(TablesDigest{.at_seq = 65'536, .digest = uuid(0x44)}),
        bare(StreamKind::audit, HistoryRead{}),
        bare(StreamKind::ledger, StreamHeadsSealed{}),
    };
}

}  // namespace keyledger
