#include "ledger/stored/event_reader.hpp"

#include "ledger/stored/numbers.hpp"
#include "ledger/stored/spelling.hpp"

#include <capnp/any.h>
#include <capnp/message.h>
#include <kj/exception.h>
#include <ledger/stored/event.capnp.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace keyledger {

namespace {

// An event nests: root, body, settings or document, list, element, rate limit or text.
constexpr int nesting_max = 10;
// How many times over a message may be read: once to see that it is canonical, then its fields.
constexpr std::uint64_t readings_max = 8;

// Reads each kind of struct; in a class only so that they may call each other in any order. Each
// field is either read or was zero before, so `out` is new.
struct Structs {
    template <class Reader, class Value>
    static bool required(bool has, Reader in, Value& out) {
        return has && is_known(in) && read(in, out);
    }

    template <class Reader, class Value>
    static bool optional(bool has, Reader in, std::optional<Value>& out) {
        return !has || required(has, in, out.emplace());
    }

    // All elements of a list are of one size.
    template <class List, class Value>
    static bool list(bool has, List in, std::vector<Value>& out) {
        if (!has) return true;
        if (!is_list(in, capnp::ElementSize::INLINE_COMPOSITE)) return false;
        if (!is_known(in[0]) || !is_count_plain(in[0])) return false;
        out.resize(in.size());
        for (capnp::uint i = 0; i < in.size(); ++i)
            if (!read(in[i], out[i])) return false;
        return true;
    }

    static bool read(stored::Moment::Reader in, Timestamp& out) {
        out = at(in.getAt());
        return true;
    }

    static bool read(stored::RateLimit::Reader in, RateLimit& out) {
        out.window = Duration(in.getWindow());
        return number(in.getLimit(), UINT32_MAX, out.limit);
    }

    static bool read(stored::QuotaLimit::Reader in, QuotaLimit& out) {
        out.limit = in.getLimit();
        if (in.getWindow() != 0) out.window = Duration(in.getWindow());
        return true;
    }

    static bool read(stored::Resource::Reader in, Resource& out) {
        return text(in.hasKind(), in.getKind(), out.kind) && text(in.hasId(), in.getId(), out.id);
    }

    static bool read(stored::Idempotency::Reader in, Idempotency& out) {
        return digest(in.hasSlot(), in.getSlot(), out.slot) &&
               digest(in.hasRequest(), in.getRequest(), out.request);
    }

    static bool read(stored::AddressRange::Reader in, AddressRange& out) {
        out.base.bytes = joined({in.getBaseHigh(), in.getBaseLow()});
        return number(in.getPrefixBits(), std::uint8_t{128}, out.prefix_bits);
    }

    static bool read(stored::Settings::Reader in, StatedSettings& out) {
        return digest(in.hasName(), in.getName(), out.name.commitment) &&
               digest(in.hasOwner(), in.getOwner(), out.owner.commitment) &&
               digest(in.hasMetadata(), in.getMetadata(), out.metadata.commitment) &&
               optional(in.hasExpiresAt(), in.getExpiresAt(), out.expires_at) &&
               optional(in.hasRateLimit(), in.getRateLimit(), out.rate_limit) &&
               optional(in.hasQuota(), in.getQuota(), out.quota) &&
               list(in.hasAllowedRanges(), in.getAllowedRanges(), out.allowed_ranges);
    }

    static bool read(stored::NamedText::Reader in, std::pair<std::string, std::string>& out) {
        return text(in.hasName(), in.getName(), out.first) &&
               text(in.hasText(), in.getText(), out.second);
    }

    static bool read(stored::ErrorDialect::Reader in, ErrorDialect& out) {
        return text(in.hasContentType(), in.getContentType(), out.content_type) &&
               text(in.hasBody(), in.getBody(), out.body) &&
               list(in.hasMessages(), in.getMessages(), out.messages) &&
               list(in.hasNames(), in.getNames(), out.names);
    }

    static bool read(stored::Environment::Reader in, Environment& out) {
        return text(in.hasName(), in.getName(), out.name) &&
               text(in.hasTag(), in.getTag(), out.tag) &&
               optional(in.hasRateLimit(), in.getRateLimit(), out.rate_limit);
    }

    static bool read(stored::ScopeEntry::Reader in, ScopeEntry& out) {
        return text(in.hasName(), in.getName(), out.name) &&
               text(in.hasDescription(), in.getDescription(), out.description);
    }

    static bool read(stored::WorkspaceDocument::Reader in, WorkspaceDocument& out) {
        return number(in.getLocale(), Locale::es, out.locale) &&
               number(in.getEmptyScopes(), EmptyScopes::all, out.empty_scopes) &&
               number(in.getOnStale(), OnStale::serve, out.on_stale) &&
               text(in.hasSlug(), in.getSlug(), out.slug) &&
               text(in.hasName(), in.getName(), out.name) &&
               text(in.hasPrefix(), in.getPrefix(), out.prefix) &&
               list(in.hasEnvironments(), in.getEnvironments(), out.environments) &&
               list(in.hasScopes(), in.getScopes(), out.scopes) &&
               optional(in.hasErrors(), in.getErrors(), out.errors);
    }

    static bool read(stored::UseRow::Reader in, UseRow& out) {
        out.key.uuid = joined({in.getKeyHigh(), in.getKeyLow()});
        out.secret_version = in.getSecretVersion();
        out.count = in.getCount();
        out.first = at(in.getFirst());
        out.last = at(in.getLast());
        out.total = in.getTotal();
        out.prev_seq = in.getPrevSeq();
        out.spent = in.getSpent();
        out.cost = in.getCost();
        return number(in.getOutcome(), Outcome::missing, out.outcome) &&
               text(in.hasScope(), in.getScope(), out.scope) &&
               text(in.hasResource(), in.getResource(), out.resource) &&
               digest(in.hasAddress(), in.getAddress(), out.address.commitment);
    }

    static bool read(stored::WorkspaceCreated::Reader in, WorkspaceCreated& out) {
        return required(in.hasDocument(), in.getDocument(), out.document);
    }

    static bool read(stored::WorkspaceChanged::Reader in, WorkspaceChanged& out) {
        return required(in.hasBefore(), in.getBefore(), out.before) &&
               required(in.hasAfter(), in.getAfter(), out.after);
    }

    static bool read(stored::KeyCreated::Reader in, KeyCreated& out) {
        return number(in.getOrigin(), Origin::imported, out.origin) &&
               required(in.hasSettings(), in.getSettings(), out.settings) &&
               text(in.hasEnvironment(), in.getEnvironment(), out.environment) &&
               digest(in.hasDigest(), in.getDigest(), out.digest) &&
               text(in.hasHint(), in.getHint(), out.hint) &&
               texts(in.hasScopes(), in.getScopes(), out.scopes) &&
               optional(in.hasResource(), in.getResource(), out.resource) &&
               optional(in.hasNotBefore(), in.getNotBefore(), out.not_before);
    }

    static bool read(stored::KeyScoped::Reader in, KeyScoped& out) {
        return texts(in.hasBefore(), in.getBefore(), out.before) &&
               texts(in.hasAfter(), in.getAfter(), out.after);
    }

    static bool read(stored::KeyChanged::Reader in, KeyChanged& out) {
        return number(in.getChanged(), (1U << settings_count) - 1, out.changed) &&
               required(in.hasBefore(), in.getBefore(), out.before) &&
               required(in.hasAfter(), in.getAfter(), out.after);
    }

    static bool read(stored::KeyRotated::Reader in, KeyRotated& out) {
        out.older_valid_until = at(in.getOlderValidUntil());
        return number(in.getVersion(), UINT32_MAX, out.version) &&
               digest(in.hasDigest(), in.getDigest(), out.digest) &&
               text(in.hasHint(), in.getHint(), out.hint);
    }

    static bool read(stored::KeySuspended::Reader, KeySuspended&) { return true; }
    static bool read(stored::KeyResumed::Reader, KeyResumed&) { return true; }
    static bool read(stored::KeyRevoked::Reader, KeyRevoked&) { return true; }

    static bool read(stored::KeysUsed::Reader in, KeysUsed& out) {
        out.flush = {.node = in.getNode(), .boot = in.getBoot(), .number = in.getNumber()};
        return list(in.hasRows(), in.getRows(), out.rows);
    }

    static bool read(stored::UsageGap::Reader in, UsageGap& out) {
        out = {in.getNode(), in.getBoot(), at(in.getFrom()), at(in.getUntil())};
        return true;
    }

    static bool read(stored::LedgerStarted::Reader in, LedgerStarted& out) {
        out.node = in.getNode();
        out.boot = in.getBoot();
        return text(in.hasVersion(), in.getVersion(), out.version);
    }

    static bool read(stored::LedgerStopped::Reader in, LedgerStopped& out) {
        out = {.node = in.getNode(), .boot = in.getBoot()};
        return true;
    }

    static bool read(stored::HistoryRead::Reader in, HistoryRead& out) {
        out.of_key.uuid = joined({in.getOfKeyHigh(), in.getOfKeyLow()});
        out.from = in.getFrom();
        out.until = in.getUntil();
        out.events = in.getEvents();
        out.count = in.getCount();
        out.first = at(in.getFirst());
        out.last = at(in.getLast());
        return text(in.hasRoute(), in.getRoute(), out.route) &&
               text(in.hasOfWorkspace(), in.getOfWorkspace(), out.of_workspace) &&
               text(in.hasFilter(), in.getFilter(), out.filter);
    }

    static bool read(stored::StreamHeadsSealed::Reader in, StreamHeadsSealed& out) {
        out.keys = in.getKeys();
        out.at_seq = in.getAtSeq();
        return digest(in.hasRoot(), in.getRoot(), out.root);
    }

    static bool read(stored::LogKeyRotated::Reader in, LogKeyRotated& out) {
        return text(in.hasBefore(), in.getBefore(), out.before) &&
               text(in.hasAfter(), in.getAfter(), out.after);
    }

    static bool read(stored::TablesDigest::Reader in, TablesDigest& out) {
        out = {.at_seq = in.getAtSeq(), .digest = joined({in.getDigestHigh(), in.getDigestLow()})};
        return true;
    }
};

bool read_envelope(stored::Event::Reader in, Envelope& out) {
    out.seq = in.getSeq();
    out.id = joined({in.getIdHigh(), in.getIdLow()});
    out.time = at(in.getTime());
    out.stream_revision = in.getStreamRevision();
    out.command_events = in.getCommandEvents();
    out.stream.key.uuid = joined({in.getStreamKeyHigh(), in.getStreamKeyLow()});
    out.actor.id.uuid = joined({in.getActorIdHigh(), in.getActorIdLow()});
    return number(in.getStreamKind(), StreamKind::audit, out.stream.kind) &&
           number(in.getActorKind(), ActorKind::admin_key, out.actor.kind) &&
           text(in.hasWorkspace(), in.getWorkspace(), out.workspace) &&
           digest(in.hasPrevious(), in.getPrevious(), out.previous) &&
           text(in.hasRequestId(), in.getRequestId(), out.request_id) &&
           digest(in.hasActorAddress(), in.getActorAddress(), out.actor.address.commitment) &&
           digest(in.hasReason(), in.getReason(), out.reason.commitment) &&
           Structs::optional(in.hasIdempotency(), in.getIdempotency(), out.idempotency);
}

// A key's event has its key from the stream, and no other event has such a stream.
template <class Fact, class Reader>
bool fact(bool has, Reader in, Event& out) {
    const Stream& stream = out.envelope.stream;
    Fact& read = out.body.emplace<Fact>();
    if constexpr (OfOneKey<Fact>) {
        if (stream.kind != StreamKind::key) return false;
        read.key = stream.key;
    } else {
        if (stream.kind == StreamKind::key || stream.key != KeyId{}) return false;
    }
    return Structs::required(has, in, read);
}

bool read_body(stored::Event::Body::Reader in, Event& out) {
    using Body = stored::Event::Body;
    switch (in.which()) {
        case Body::WORKSPACE_CREATED:
            return fact<WorkspaceCreated>(in.hasWorkspaceCreated(), in.getWorkspaceCreated(), out);
        case Body::WORKSPACE_CHANGED:
            return fact<WorkspaceChanged>(in.hasWorkspaceChanged(), in.getWorkspaceChanged(), out);
        case Body::KEY_CREATED:
            return fact<KeyCreated>(in.hasKeyCreated(), in.getKeyCreated(), out);
        case Body::KEY_SCOPED:
            return fact<KeyScoped>(in.hasKeyScoped(), in.getKeyScoped(), out);
        case Body::KEY_CHANGED:
            return fact<KeyChanged>(in.hasKeyChanged(), in.getKeyChanged(), out);
        case Body::KEY_ROTATED:
            return fact<KeyRotated>(in.hasKeyRotated(), in.getKeyRotated(), out);
        case Body::KEY_SUSPENDED:
            return fact<KeySuspended>(in.hasKeySuspended(), in.getKeySuspended(), out);
        case Body::KEY_RESUMED:
            return fact<KeyResumed>(in.hasKeyResumed(), in.getKeyResumed(), out);
        case Body::KEY_REVOKED:
            return fact<KeyRevoked>(in.hasKeyRevoked(), in.getKeyRevoked(), out);
        case Body::KEYS_USED:
            return fact<KeysUsed>(in.hasKeysUsed(), in.getKeysUsed(), out);
        case Body::USAGE_GAP:
            return fact<UsageGap>(in.hasUsageGap(), in.getUsageGap(), out);
        case Body::LEDGER_STARTED:
            return fact<LedgerStarted>(in.hasLedgerStarted(), in.getLedgerStarted(), out);
        case Body::LEDGER_STOPPED:
            return fact<LedgerStopped>(in.hasLedgerStopped(), in.getLedgerStopped(), out);
        case Body::HISTORY_READ:
            return fact<HistoryRead>(in.hasHistoryRead(), in.getHistoryRead(), out);
        case Body::STREAM_HEADS_SEALED:
            return fact<StreamHeadsSealed>(in.hasStreamHeadsSealed(), in.getStreamHeadsSealed(),
                                           out);
        case Body::LOG_KEY_ROTATED:
            return fact<LogKeyRotated>(in.hasLogKeyRotated(), in.getLogKeyRotated(), out);
        case Body::TABLES_DIGEST:
            return fact<TablesDigest>(in.hasTablesDigest(), in.getTablesDigest(), out);
    }
    return false;  // a kind that this schema does not know
}

std::optional<Event> read_words(kj::ArrayPtr<const capnp::word> words) {
    capnp::ReaderOptions options;
    options.nestingLimit = nesting_max;
    options.traversalLimitInWords = readings_max * words.size();
    const kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments(&words, 1);
    capnp::SegmentArrayMessageReader reader(segments, options);
    std::optional<Event> event;
    if (!reader.isCanonical()) return event;
    const auto root = reader.getRoot<stored::Event>();
    event.emplace();
    if (!is_known(root) || !read_envelope(root, event->envelope) ||
        !read_body(root.getBody(), *event))
        event.reset();
    return event;
}

}  // namespace

std::optional<Event> read_message(std::string_view message) {
    const std::size_t size = message.size() / sizeof(capnp::word);
    if (size == 0 || size > words_max || message.size() % sizeof(capnp::word) != 0) return {};

    // The one place where Cap'n Proto's exceptions are caught: it throws at what is out of bounds
    // or of another shape than the schema's, and reads no words but aligned ones.
    try {
        if (reinterpret_cast<std::uintptr_t>(message.data()) % alignof(capnp::word) == 0)
            return read_words({reinterpret_cast<const capnp::word*>(message.data()), size});
        thread_local auto aligned = kj::heapArray<capnp::word>(words_max);
        std::memcpy(static_cast<void*>(aligned.begin()), message.data(), message.size());
        return read_words({aligned.begin(), size});
    } catch (const kj::Exception&) {
        return {};
    }
}

}  // namespace keyledger
