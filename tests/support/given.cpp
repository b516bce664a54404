#include "tests/support/given.hpp"

#include "ledger/base/sha256.hpp"
#include "ledger/proof/merkle_tree.hpp"
#include "ledger/rules/evolve.hpp"
#include "ledger/rules/overloaded.hpp"

#include <algorithm>
#include <limits>

namespace keyledger {

void ModelView::apply(const Event& event, const Digest& leaf) {
    const Envelope& envelope = event.envelope;
    REQUIRE(envelope.seq == seq);
    std::visit(
        Overloaded{
            [&](const WorkspaceCreated& fact) { evolve(workspaces[fact.document.slug], event); },
            [&](const WorkspaceChanged& fact) { evolve(workspaces.at(fact.after.slug), event); },
            [&](const KeyCreated& fact) {
                REQUIRE(keys.emplace(fact.key, born(envelope, fact, leaf)).second);
                uses[fact.key].last_seq = envelope.seq;
                digests[fact.digest] = fact.key;
            },
            [&](const KeysUsed& fact) {
                for (const UseRow& row : fact.rows) {
                    const auto& quota = keys.at(row.key).settings.quota;
                    evolve(uses.at(row.key), row, quota ? &*quota : nullptr, envelope.seq);
                }
                Run& run = runs[fact.flush.node];
                if (fact.flush.boot == run.boot) {
                    run.last_flush = std::max(run.last_flush, fact.flush.number);
                }
            },
            [&](const LedgerStarted& fact) { runs[fact.node] = {.boot = fact.boot}; },
            [&](const OfOneKey auto& fact) {
                KeyState& state = keys.at(fact.key);
                evolve(uses.at(fact.key), state, event);
                evolve(state, event, leaf);
                digests[state.secrets.back().digest] = fact.key;
            },
            [](const auto&) {},  // changes no key and no workspace
        },
        event.body);
    seq += 1;
}

const WorkspaceState* ModelView::workspace(std::string_view slug) const {
    const auto found = workspaces.find(slug);
    return found == workspaces.end() ? nullptr : &found->second;
}

const KeyState* ModelView::key(const KeyId& id) const {
    const auto found = keys.find(id);
    return found == keys.end() ? nullptr : &found->second;
}

const KeyState* ModelView::key_of_digest(const Digest& digest) const {
    const auto found = digests.find(digest);
    return found == digests.end() ? nullptr : key(found->second);
}

const KeyUse& ModelView::use(const KeyId& id) const {
    return uses.at(id);
}

void ModelView::each_key(std::string_view workspace,
                         const std::function<void(const KeyState&)>& visit) const {
    for (const auto& [id, state] : keys) {
        if (state.workspace == workspace) visit(state);
    }
}

std::uint64_t ModelView::last_flush(std::uint64_t node, std::uint64_t boot) const {
    const auto run = runs.find(node);
    if (run == runs.end() || boot > run->second.boot) return 0;
    return boot < run->second.boot ? std::numeric_limits<std::uint64_t>::max()
                                   : run->second.last_flush;
}

bool ModelView::rate_open(const KeyId& id, const RateLimit& limit, Timestamp now) const {
    const auto found = taken.find(id);
    const bool counting =
        found != taken.end() && found->second.first == window_index(now, limit.window);
    return (counting ? found->second.second : 0) < limit.limit;
}

bool ModelView::take_rate(const KeyId& id, const RateLimit& limit, Timestamp now) {
    if (!rate_open(id, limit, now)) return false;
    auto& [window, count] = taken[id];
    count = window == window_index(now, limit.window) ? count + 1 : 1;
    window = window_index(now, limit.window);
    return true;
}

Result<Decision> ModelLedger::submit(const Submission& submission, Timestamp now) {
    Result<Decision> decision = decide(view, submission, now);
    if (decision) append(decision->events, submission, now);
    return decision;
}

void ModelLedger::append(const std::vector<Draft>& drafts, const Submission& submission,
                         Timestamp now) {
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        const Draft& draft = drafts[i];
        Event event{.envelope = {}, .body = draft.body};
        Envelope& envelope = event.envelope;
        const KeyState* key = view.key(draft.stream.key);
        auto& head = heads_[static_cast<std::size_t>(draft.stream.kind)];
        const bool of_key = draft.stream.kind == StreamKind::key;
        envelope.seq = view.next_seq();
        envelope.time = now;
        envelope.workspace = draft.workspace;
        envelope.stream = draft.stream;
        envelope.stream_revision = 1 + (of_key ? (key ? key->revision : 0) : head.first);
        envelope.previous = of_key ? (key ? key->head : Digest{}) : head.second;
        envelope.actor = submission.actor;
        envelope.request_id = submission.request_id;
        envelope.reason = submission.reason;
        if (i == 0) envelope.idempotency = submission.idempotency;
        envelope.command_events = i == 0 ? static_cast<std::uint32_t>(drafts.size()) : 0;
        stored.push_back(encode(event, salts_));
        REQUIRE(stored.back().leaf.size() <= leaf_bytes_max);
        const Digest leaf = leaf_hash(stored.back().leaf);
        view.apply(event, leaf);
        if (!of_key) head = {envelope.stream_revision, leaf};
        events.push_back(std::move(event));
    }
}

ModelView ModelLedger::replayed() const {
    ModelView again;
    for (const StoredEvent& event : stored) {
        const auto decoded = decode(event.leaf, event.personal);
        REQUIRE(decoded);
        again.apply(*decoded, leaf_hash(event.leaf));
    }
    return again;
}

Submission asked(Command command) {
    Submission submission;
    submission.command = std::move(command);
    return submission;
}

Submission asked_by(Authority authority, Command command) {
    Submission submission = asked(std::move(command));
    submission.authority = std::move(authority);
    return submission;
}

void Then::then_events(const std::vector<EventBody>& expected) const {
    REQUIRE(result_);
    const std::vector<Draft>& events = result_->events;
    REQUIRE(events.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const Draft& event = events[i];
        CHECK(type_name(event.body) == type_name(expected[i]));
        CHECK((event.body == expected[i]));
        Stream stream;
        if (const KeyId* key = key_of(event.body)) {
            stream = {.kind = StreamKind::key, .key = *key};
        } else if (std::holds_alternative<KeysUsed>(event.body)) {
            stream.kind = StreamKind::uses;
        } else if (std::holds_alternative<HistoryRead>(event.body)) {
            stream.kind = StreamKind::audit;
        }
        CHECK((event.stream == stream));
    }
}

void Then::then(Refusal refusal) const {
    REQUIRE_FALSE(result_);
    CHECK(result_.error().refusal == refusal);
}

void Then::then(const Rejection& rejection) const {
    REQUIRE_FALSE(result_);
    CHECK(result_.error().refusal == rejection.refusal);
    CHECK(result_.error().pointer == rejection.pointer);
    CHECK(result_.error().arguments == rejection.arguments);
}

Given::Given(std::vector<Draft> facts) {
    for (Draft& fact : facts) and_given(dawn, std::move(fact));
}

Given& Given::and_given(Timestamp time, Draft fact) {
    ledger_.append({std::move(fact)}, {}, time);
    return *this;
}

Then Given::when(const Submission& submission, Timestamp now) {
    return Then(ledger_.submit(submission, now));
}

KeyId key_id(std::uint32_t number) {
    KeyId id;
    for (std::size_t i = 0; i < 4; ++i) {
        id.uuid[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return id;
}

Digest digest_of(std::uint32_t number) {
    return sha256("token " + std::to_string(number));
}

WorkspaceDocument document(std::string slug) {
    WorkspaceDocument document;
    document.slug = std::move(slug);
    document.name = "Acme";
    document.prefix = "hr";
    document.environments = {{"live", "live", {}}, {"test", "test", {}}};
    return document;
}

CreateKey new_key(std::uint32_t number, std::string workspace) {
    CreateKey command;
    command.key = key_id(number);
    command.workspace = std::move(workspace);
    command.environment = "live";
    command.settings.name = "key " + std::to_string(number);
    command.scopes = {"leads:read"};
    command.digest = digest_of(number);
    command.hint = "Hint4567";
    return command;
}

CreateKey new_admin(std::uint32_t number, std::vector<std::string> scopes) {
    CreateKey command = new_key(number, std::string(system_slug));
    command.scopes = std::move(scopes);
    return command;
}

Draft made(WorkspaceDocument document) {
    const std::string slug = document.slug;
    return {.workspace = slug,
            .stream = {.kind = StreamKind::ledger, .key = {}},
            .body = WorkspaceCreated{std::move(document)}};
}

Draft made(const CreateKey& command) {
    return {.workspace = command.workspace,
            .stream = {.kind = StreamKind::key, .key = command.key},
            .body = KeyCreated{.key = command.key,
                               .environment = command.environment,
                               .settings = stated(command.settings),
                               .scopes = command.scopes,
                               .resource = command.resource,
                               .not_before = command.not_before,
                               .origin = command.origin,
                               .digest = command.digest,
                               .hint = command.hint}};
}

Draft of_key(std::uint32_t number, EventBody body, std::string workspace) {
    return {.workspace = std::move(workspace),
            .stream = {.kind = StreamKind::key, .key = key_id(number)},
            .body = std::move(body)};
}

Authority authority(std::uint32_t number, std::vector<std::string> scopes) {
    return {.key = key_id(number), .scopes = std::move(scopes), .bound_workspace = {}};
}

Authority bound_authority(std::uint32_t number, std::string workspace) {
    return {.key = key_id(number), .scopes = {"*"}, .bound_workspace = std::move(workspace)};
}

}  // namespace keyledger

namespace Catch {

std::string StringMaker<keyledger::Result<keyledger::Decision>>::convert(
    const keyledger::Result<keyledger::Decision>& result) {
    if (!result) return "refusal " + std::to_string(static_cast<int>(result.error().refusal));
    std::string text = "decided:";
    for (const keyledger::Draft& draft : result->events) {
        text.append(" ").append(keyledger::type_name(draft.body));
    }
    return text;
}

}  // namespace Catch
