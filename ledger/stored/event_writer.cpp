#include "ledger/stored/event_writer.hpp"

#include "ledger/rules/overloaded.hpp"
#include "ledger/stored/numbers.hpp"

#include <capnp/any.h>
#include <capnp/message.h>
#include <ledger/stored/event.capnp.h>

#include <cassert>
#include <cstddef>
#include <cstring>

namespace keyledger {

namespace {

// Words that a thread keeps for its next event: a full leaf and the slack that trimming it takes
// off.
constexpr std::size_t scratch_words = 16 * 1024;

// All zero between two events: both builders ask for that.
struct Scratch {
    kj::Array<capnp::word> building = zeroed(scratch_words);
    kj::Array<capnp::word> canonical = zeroed(scratch_words);

    static kj::Array<capnp::word> zeroed(std::size_t words) {
        auto array = kj::heapArray<capnp::word>(words);
        std::memset(static_cast<void*>(array.begin()), 0, words * sizeof(capnp::word));
        return array;
    }
};

capnp::Text::Reader text(const std::string& value) {
    return {value.c_str(), value.size()};
}

capnp::Data::Reader data(const Digest& digest) {
    return {digest.data(), digest.size()};
}

bool is_set(const Digest& digest) {
    return digest != Digest{};
}

capnp::uint size32(std::size_t size) {
    return static_cast<capnp::uint>(size);
}

template <class Init>
void write_texts(const std::vector<std::string>& texts, Init init) {
    if (texts.empty()) return;
    capnp::List<capnp::Text>::Builder list = init(size32(texts.size()));
    for (capnp::uint i = 0; i < list.size(); ++i)
        if (!texts[i].empty()) list.set(i, text(texts[i]));
}

void write(const RateLimit& limit, stored::RateLimit::Builder out) {
    out.setLimit(limit.limit);
    out.setWindow(limit.window.count());
}

void write(const StatedSettings& settings, stored::Settings::Builder out) {
    if (is_set(settings.name.commitment)) out.setName(data(settings.name.commitment));
    if (is_set(settings.owner.commitment)) out.setOwner(data(settings.owner.commitment));
    if (is_set(settings.metadata.commitment)) out.setMetadata(data(settings.metadata.commitment));
    if (settings.expires_at) out.initExpiresAt().setAt(milliseconds(*settings.expires_at));
    if (settings.rate_limit) write(*settings.rate_limit, out.initRateLimit());
    if (settings.quota) {
        assert(settings.quota->window != Duration::zero());
        stored::QuotaLimit::Builder quota = out.initQuota();
        quota.setLimit(settings.quota->limit);
        if (settings.quota->window) quota.setWindow(settings.quota->window->count());
    }
    if (settings.allowed_ranges.empty()) return;
    auto ranges = out.initAllowedRanges(size32(settings.allowed_ranges.size()));
    for (capnp::uint i = 0; i < ranges.size(); ++i) {
        const AddressRange& range = settings.allowed_ranges[i];
        assert(range.prefix_bits <= 128);
        const Halves base = halves(range.base.bytes);
        ranges[i].setBaseHigh(base.high);
        ranges[i].setBaseLow(base.low);
        ranges[i].setPrefixBits(range.prefix_bits);
    }
}

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

void write(const NamedTexts& texts, capnp::List<stored::NamedText>::Builder out) {
    for (capnp::uint i = 0; i < out.size(); ++i) {
        if (!texts[i].first.empty()) out[i].setName(text(texts[i].first));
        if (!texts[i].second.empty()) out[i].setText(text(texts[i].second));
    }
}

void write(const ErrorDialect& errors, stored::ErrorDialect::Builder out) {
    if (!errors.content_type.empty()) out.setContentType(text(errors.content_type));
    if (!errors.body.empty()) out.setBody(text(errors.body));
    if (!errors.messages.empty())
        write(errors.messages, out.initMessages(size32(errors.messages.size())));
    if (!errors.names.empty()) write(errors.names, out.initNames(size32(errors.names.size())));
}

void write(const WorkspaceDocument& document, stored::WorkspaceDocument::Builder out) {
    out.setLocale(static_cast<std::uint32_t>(document.locale));
    out.setEmptyScopes(static_cast<std::uint16_t>(document.empty_scopes));
    out.setOnStale(static_cast<std::uint16_t>(document.on_stale));
    if (!document.slug.empty()) out.setSlug(text(document.slug));
    if (!document.name.empty()) out.setName(text(document.name));
    if (!document.prefix.empty()) out.setPrefix(text(document.prefix));
    if (!document.environments.empty()) {
        auto environments = out.initEnvironments(size32(document.environments.size()));
        for (capnp::uint i = 0; i < environments.size(); ++i) {
            const Environment& environment = document.environments[i];
            if (!environment.name.empty()) environments[i].setName(text(environment.name));
            if (!environment.tag.empty()) environments[i].setTag(text(environment.tag));
            if (environment.rate_limit)
                write(*environment.rate_limit, environments[i].initRateLimit());
        }
    }
    if (!document.scopes.empty()) {
        auto scopes = out.initScopes(size32(document.scopes.size()));
        for (capnp::uint i = 0; i < scopes.size(); ++i) {
            const ScopeEntry& scope = document.scopes[i];
            if (!scope.name.empty()) scopes[i].setName(text(scope.name));
            if (!scope.description.empty()) scopes[i].setDescription(text(scope.description));
        }
    }
    if (document.errors) write(*document.errors, out.initErrors());
}

void write(const UseRow& row, stored::UseRow::Builder out) {
    const Halves key = halves(row.key.uuid);
    out.setKeyHigh(key.high);
    out.setKeyLow(key.low);
    out.setSecretVersion(row.secret_version);
    out.setCount(row.count);
    out.setFirst(milliseconds(row.first));
    out.setLast(milliseconds(row.last));
    out.setTotal(row.total);
    out.setPrevSeq(row.prev_seq);
    out.setOutcome(static_cast<std::uint32_t>(row.outcome));
    out.setSpent(row.spent);
    out.setCost(row.cost);
    if (!row.scope.empty()) out.setScope(text(row.scope));
    if (!row.resource.empty()) out.setResource(text(row.resource));
    if (is_set(row.address.commitment)) out.setAddress(data(row.address.commitment));
}

void write(const KeyCreated& fact, stored::KeyCreated::Builder out) {
    out.setOrigin(static_cast<std::uint64_t>(fact.origin));
    write(fact.settings, out.initSettings());
    if (!fact.environment.empty()) out.setEnvironment(text(fact.environment));
    if (is_set(fact.digest)) out.setDigest(data(fact.digest));
    if (!fact.hint.empty()) out.setHint(text(fact.hint));
    write_texts(fact.scopes, [&](capnp::uint size) { return out.initScopes(size); });
    if (fact.resource) {
        stored::Resource::Builder resource = out.initResource();
        if (!fact.resource->kind.empty()) resource.setKind(text(fact.resource->kind));
        if (!fact.resource->id.empty()) resource.setId(text(fact.resource->id));
    }
    if (fact.not_before) out.initNotBefore().setAt(milliseconds(*fact.not_before));
}

void write(const KeyChanged& fact, stored::KeyChanged::Builder out) {
    assert(fact.changed >> settings_count == 0);
    out.setChanged(fact.changed);
    write(fact.before, out.initBefore());
    write(fact.after, out.initAfter());
}

void write(const KeyRotated& fact, stored::KeyRotated::Builder out) {
    out.setVersion(fact.version);
    out.setOlderValidUntil(milliseconds(fact.older_valid_until));
    if (is_set(fact.digest)) out.setDigest(data(fact.digest));
    if (!fact.hint.empty()) out.setHint(text(fact.hint));
}

void write(const KeysUsed& fact, stored::KeysUsed::Builder out) {
    out.setNode(fact.flush.node);
    out.setBoot(fact.flush.boot);
    out.setNumber(fact.flush.number);
    if (fact.rows.empty()) return;
    auto rows = out.initRows(size32(fact.rows.size()));
    for (capnp::uint i = 0; i < rows.size(); ++i) write(fact.rows[i], rows[i]);
}

void write(const UsageGap& fact, stored::UsageGap::Builder out) {
    out.setNode(fact.node);
    out.setBoot(fact.boot);
    out.setFrom(milliseconds(fact.from));
    out.setUntil(milliseconds(fact.until));
}

void write(const LedgerStarted& fact, stored::LedgerStarted::Builder out) {
    out.setNode(fact.node);
    out.setBoot(fact.boot);
    if (!fact.version.empty()) out.setVersion(text(fact.version));
}

void write(const LedgerStopped& fact, stored::LedgerStopped::Builder out) {
    out.setNode(fact.node);
    out.setBoot(fact.boot);
}

void write(const HistoryRead& fact, stored::HistoryRead::Builder out) {
    const Halves key = halves(fact.of_key.uuid);
    out.setOfKeyHigh(key.high);
    out.setOfKeyLow(key.low);
    out.setFrom(fact.from);
    out.setUntil(fact.until);
    out.setEvents(fact.events);
    out.setCount(fact.count);
    out.setFirst(milliseconds(fact.first));
    out.setLast(milliseconds(fact.last));
    if (!fact.route.empty()) out.setRoute(text(fact.route));
    if (!fact.of_workspace.empty()) out.setOfWorkspace(text(fact.of_workspace));
    if (!fact.filter.empty()) out.setFilter(text(fact.filter));
}

void write(const StreamHeadsSealed& fact, stored::StreamHeadsSealed::Builder out) {
    out.setKeys(fact.keys);
    out.setAtSeq(fact.at_seq);
    if (is_set(fact.root)) out.setRoot(data(fact.root));
}

void write(const LogKeyRotated& fact, stored::LogKeyRotated::Builder out) {
    if (!fact.before.empty()) out.setBefore(text(fact.before));
    if (!fact.after.empty()) out.setAfter(text(fact.after));
}

void write(const TablesDigest& fact, stored::TablesDigest::Builder out) {
    const Halves digest = halves(fact.digest);
    out.setAtSeq(fact.at_seq);
    out.setDigestHigh(digest.high);
    out.setDigestLow(digest.low);
}

void write_body(const EventBody& body, stored::Event::Body::Builder out) {
    std::visit(Overloaded{
                   [&](const WorkspaceCreated& fact) {
                       write(fact.document, out.initWorkspaceCreated().initDocument());
                   },
                   [&](const WorkspaceChanged& fact) {
                       stored::WorkspaceChanged::Builder changed = out.initWorkspaceChanged();
                       write(fact.before, changed.initBefore());
                       write(fact.after, changed.initAfter());
                   },
                   [&](const KeyCreated& fact) { write(fact, out.initKeyCreated()); },
                   [&](const KeyScoped& fact) {
                       stored::KeyScoped::Builder scoped = out.initKeyScoped();
                       write_texts(fact.before, [&](auto size) { return scoped.initBefore(size); });
                       write_texts(fact.after, [&](auto size) { return scoped.initAfter(size); });
                   },
                   [&](const KeyChanged& fact) { write(fact, out.initKeyChanged()); },
                   [&](const KeyRotated& fact) { write(fact, out.initKeyRotated()); },
                   [&](const KeySuspended&) { out.initKeySuspended(); },
                   [&](const KeyResumed&) { out.initKeyResumed(); },
                   [&](const KeyRevoked&) { out.initKeyRevoked(); },
                   [&](const KeysUsed& fact) { write(fact, out.initKeysUsed()); },
                   [&](const UsageGap& fact) { write(fact, out.initUsageGap()); },
                   [&](const LedgerStarted& fact) { write(fact, out.initLedgerStarted()); },
                   [&](const LedgerStopped& fact) { write(fact, out.initLedgerStopped()); },
                   [&](const HistoryRead& fact) { write(fact, out.initHistoryRead()); },
                   [&](const StreamHeadsSealed& fact) { write(fact, out.initStreamHeadsSealed()); },
                   [&](const LogKeyRotated& fact) { write(fact, out.initLogKeyRotated()); },
                   [&](const TablesDigest& fact) { write(fact, out.initTablesDigest()); },
               },
               body);
}

void write_envelope(const Envelope& envelope, stored::Event::Builder out) {
    const Halves id = halves(envelope.id);
    const Halves key = halves(envelope.stream.key.uuid);
    const Halves actor = halves(envelope.actor.id.uuid);
    out.setSeq(envelope.seq);
    out.setIdHigh(id.high);
    out.setIdLow(id.low);
    out.setTime(milliseconds(envelope.time));
    out.setStreamRevision(envelope.stream_revision);
    out.setCommandEvents(envelope.command_events);
    out.setStreamKind(static_cast<std::uint8_t>(envelope.stream.kind));
    out.setActorKind(static_cast<std::uint8_t>(envelope.actor.kind));
    out.setStreamKeyHigh(key.high);
    out.setStreamKeyLow(key.low);
    out.setActorIdHigh(actor.high);
    out.setActorIdLow(actor.low);
    if (!envelope.workspace.empty()) out.setWorkspace(text(envelope.workspace));
    if (is_set(envelope.previous)) out.setPrevious(data(envelope.previous));
    if (!envelope.request_id.empty()) out.setRequestId(text(envelope.request_id));
    if (is_set(envelope.actor.address.commitment))
        out.setActorAddress(data(envelope.actor.address.commitment));
    if (is_set(envelope.reason.commitment)) out.setReason(data(envelope.reason.commitment));
    if (envelope.idempotency) {
        stored::Idempotency::Builder idempotency = out.initIdempotency();
        if (is_set(envelope.idempotency->slot))
            idempotency.setSlot(data(envelope.idempotency->slot));
        if (is_set(envelope.idempotency->request))
            idempotency.setRequest(data(envelope.idempotency->request));
    }
}

bool stream_fits_body(const Event& event) {
    const Stream& stream = event.envelope.stream;
    if (const KeyId* key = key_of(event.body))
        return stream == Stream{.kind = StreamKind::key, .key = *key};
    return stream.kind != StreamKind::key && stream.key == KeyId{};
}

}  // namespace

void append_message(const Event& event, std::string& out) {
    assert(stream_fits_body(event));
    thread_local Scratch scratch;

    capnp::MallocMessageBuilder building(scratch.building);  // leaves it all zero again
    stored::Event::Builder root = building.initRoot<stored::Event>();
    write_envelope(event.envelope, root);
    write_body(event.body, root.getBody());

    // What capnp::canonicalize() does, without its two allocations and its second look.
    std::size_t words = 0;
    for (const auto& segment : building.getSegmentsForOutput()) words += segment.size();
    kj::Array<capnp::word> large;  // what is too long for a leaf may still be asked for
    if (words > scratch_words) large = Scratch::zeroed(words);
    kj::ArrayPtr<capnp::word> room = large.size() > 0 ? large.asPtr() : scratch.canonical.asPtr();
    capnp::FlatMessageBuilder canonical(room);
    canonical.initRoot<capnp::AnyPointer>().setCanonicalAs<stored::Event>(root.asReader());
    const std::size_t bytes = canonical.getSegmentsForOutput()[0].size() * sizeof(capnp::word);
    out.append(reinterpret_cast<const char*>(room.begin()), bytes);
    std::memset(static_cast<void*>(room.begin()), 0, bytes);
}

}  // namespace keyledger
