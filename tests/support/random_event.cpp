#include "tests/support/random_event.hpp"

#include "tests/support/randomness.hpp"

#include <cstdint>
#include <limits>

namespace keyledger {

namespace {

class Draw {
public:
    explicit Draw(std::mt19937_64& engine) : engine_(engine) {}

    bool coin() { return draw<int>(engine_, 0, 1) == 1; }

    // Often one of the ends, where widths and signs show.
    template <class Integer>
    Integer number() {
        switch (draw<int>(engine_, 0, 3)) {
            case 0:
                return 0;
            case 1:
                return std::numeric_limits<Integer>::max();
            case 2:
                return draw<Integer>(engine_, 0, 100);
            default:
                return draw<Integer>(engine_, std::numeric_limits<Integer>::min(),
                                     std::numeric_limits<Integer>::max());
        }
    }

    template <class Enum>
    Enum one_of(Enum last) {
        return static_cast<Enum>(draw<int>(engine_, 0, static_cast<int>(last)));
    }

    std::string text() {
        return coin() ? "" : draw_bytes(engine_, draw<std::size_t>(engine_, 1, 20));
    }

    template <std::size_t Size>
    std::array<std::uint8_t, Size> bytes() {
        std::array<std::uint8_t, Size> drawn{};
        if (coin()) SeededRandom(engine_()).fill(drawn);
        return drawn;
    }

    Timestamp time() { return Timestamp(Duration(number<std::int64_t>())); }
    Duration window() { return Duration(draw<std::int64_t>(engine_, 1, 1'000'000'000)); }
    KeyId key() { return {bytes<16>()}; }

    template <class Make>
    auto maybe(Make make) -> std::optional<decltype(make())> {
        return coin() ? std::nullopt : std::optional(make());
    }

    template <class Make>
    auto several(Make make) -> std::vector<decltype(make())> {
        std::vector<decltype(make())> drawn;
        const std::size_t count = coin() ? 0 : draw<std::size_t>(engine_, 1, 4);
        for (std::size_t i = 0; i < count; ++i) drawn.push_back(make());
        return drawn;
    }

    std::vector<std::string> texts() {
        return several([&] { return text(); });
    }

    RateLimit rate_limit() { return {.limit = number<std::uint32_t>(), .window = window()}; }

    StatedSettings settings() {
        StatedSettings drawn;
        drawn.name = text();
        drawn.owner = text();
        drawn.metadata = text();
        drawn.expires_at = maybe([&] { return time(); });
        drawn.rate_limit = maybe([&] { return rate_limit(); });
        drawn.quota = maybe([&] {
            return QuotaLimit{.limit = number<std::uint64_t>(),
                              .window = maybe([&] { return window(); })};
        });
        drawn.allowed_ranges = several([&] {
            return AddressRange{.base = {bytes<16>()},
                                .prefix_bits = draw<std::uint8_t>(engine_, 0, 128)};
        });
        return drawn;
    }

    WorkspaceDocument document() {
        WorkspaceDocument drawn;
        drawn.slug = text();
        drawn.name = text();
        drawn.prefix = text();
        drawn.environments = several([&] {
            return Environment{
                .name = text(), .tag = text(), .rate_limit = maybe([&] { return rate_limit(); })};
        });
        drawn.scopes = several([&] { return ScopeEntry{.name = text(), .description = text()}; });
        drawn.empty_scopes = one_of(EmptyScopes::all);
        drawn.on_stale = one_of(OnStale::serve);
        drawn.locale = one_of(Locale::es);
        drawn.errors = maybe([&] {
            return ErrorDialect{.content_type = text(),
                                .body = text(),
                                .messages = several([&] { return std::pair(text(), text()); }),
                                .names = several([&] { return std::pair(text(), text()); })};
        });
        return drawn;
    }

    UseRow row() {
        UseRow drawn;
        drawn.key = key();
        drawn.secret_version = number<std::uint32_t>();
        drawn.outcome = one_of(Outcome::missing);
        drawn.scope = text();
        drawn.resource = text();
        drawn.address = text();
        drawn.count = number<std::uint32_t>();
        drawn.spent = number<std::uint32_t>();
        drawn.cost = number<std::uint64_t>();
        drawn.first = time();
        drawn.last = time();
        drawn.total = number<std::uint64_t>();
        drawn.prev_seq = number<std::uint64_t>();
        return drawn;
    }

    void fill(WorkspaceCreated& fact) { fact.document = document(); }
    void fill(WorkspaceChanged& fact) {
        fact.before = document();
        fact.after = document();
    }
    void fill(KeyCreated& fact) {
        fact.key = key();
        fact.environment = text();
        fact.settings = settings();
        fact.scopes = texts();
        fact.resource = maybe([&] { return Resource{.kind = text(), .id = text()}; });
        fact.not_before = maybe([&] { return time(); });
        fact.origin = one_of(Origin::imported);
        fact.digest = bytes<32>();
        fact.hint = text();
    }
    void fill(KeyScoped& fact) { fact = {.key = key(), .before = texts(), .after = texts()}; }
    void fill(KeyChanged& fact) {
        fact.key = key();
        fact.changed = draw<std::uint32_t>(engine_, 0, (1U << settings_count) - 1);
        fact.before = settings();
        fact.after = settings();
    }
    void fill(KeyRotated& fact) {
        fact.key = key();
        fact.version = number<std::uint32_t>();
        fact.digest = bytes<32>();
        fact.hint = text();
        fact.older_valid_until = time();
    }
    void fill(KeySuspended& fact) { fact.key = key(); }
    void fill(KeyResumed& fact) { fact.key = key(); }
    void fill(KeyRevoked& fact) { fact.key = key(); }
    void fill(KeysUsed& fact) {
        fact.flush = {.node = number<std::uint64_t>(),
                      .boot = number<std::uint64_t>(),
                      .number = number<std::uint64_t>()};
        fact.rows = several([&] { return row(); });
    }
    void fill(UsageGap& fact) {
        fact.node = number<std::uint64_t>();
        fact.boot = number<std::uint64_t>();
        fact.from = time();
        fact.until = time();
    }
    void fill(LedgerStarted& fact) {
        fact.node = number<std::uint64_t>();
        fact.boot = number<std::uint64_t>();
        fact.version = text();
    }
    void fill(LedgerStopped& fact) {
        fact.node = number<std::uint64_t>();
        fact.boot = number<std::uint64_t>();
    }

    void fill(HistoryRead& fact) {
        fact.route = text();
        fact.of_key = key();
        fact.of_workspace = text();
        fact.filter = text();
        fact.from = number<std::uint64_t>();
        fact.until = number<std::uint64_t>();
        fact.events = number<std::uint64_t>();
        fact.count = number<std::uint64_t>();
        fact.first = time();
        fact.last = time();
    }
    void fill(StreamHeadsSealed& fact) {
        fact.root = bytes<32>();
        fact.keys = number<std::uint64_t>();
        fact.at_seq = number<std::uint64_t>();
    }
    void fill(LogKeyRotated& fact) { fact = {.before = text(), .after = text()}; }
    void fill(TablesDigest& fact) {
        fact = {.at_seq = number<std::uint64_t>(), .digest = bytes<16>()};
    }

    void fill(Envelope& envelope) {
        envelope.seq = number<std::uint64_t>();
        envelope.id = bytes<16>();
        envelope.time = time();
        envelope.workspace = text();
        envelope.stream_revision = number<std::uint64_t>();
        envelope.previous = bytes<32>();
        envelope.actor.kind = one_of(ActorKind::admin_key);
        envelope.actor.id = key();
        envelope.actor.address = text();
        envelope.request_id = text();
        envelope.reason = text();
        envelope.idempotency =
            maybe([&] { return Idempotency{.slot = bytes<32>(), .request = bytes<32>()}; });
        envelope.command_events = number<std::uint32_t>();
    }

private:
    std::mt19937_64& engine_;
};

template <std::size_t Kind = 0>
EventBody empty_body(std::size_t kind) {
    if constexpr (Kind + 1 < std::variant_size_v<EventBody>)
        if (kind != Kind) return empty_body<Kind + 1>(kind);
    return EventBody(std::in_place_index<Kind>);
}

}  // namespace

Event random_event(std::mt19937_64& engine, std::size_t kind) {
    Draw drawing(engine);
    Event event;
    drawing.fill(event.envelope);
    event.body = empty_body(kind);
    std::visit([&](auto& fact) { drawing.fill(fact); }, event.body);
    if (const KeyId* key = key_of(event.body))
        event.envelope.stream = {.kind = StreamKind::key, .key = *key};
    else
        event.envelope.stream.kind = drawing.coin() ? StreamKind::uses : StreamKind::ledger;
    return event;
}

}  // namespace keyledger
