#include "tests/support/random_history.hpp"

#include "ledger/base/sha256.hpp"
#include "tests/support/given.hpp"

#include <cassert>
#include <utility>

namespace keyledger {

namespace {

constexpr std::uint64_t workspaces_max = 4;
constexpr std::uint64_t node = 7;

// What the sequencer asks of itself.
bool is_own(const Command& command) {
    return std::holds_alternative<RecordStart>(command) ||
           std::holds_alternative<RecordStop>(command) ||
           std::holds_alternative<RecordUses>(command);
}

// None, one, several, and the wildcards.
std::vector<std::string> some_scopes(std::mt19937_64& engine) {
    std::vector<std::string> scopes;
    for (const char* scope : {"leads:read", "leads:write", "leads:*", "*", "deals:read"}) {
        if (draw(engine, 0, 3) == 0) scopes.emplace_back(scope);
    }
    return scopes;
}

RateLimit some_rate(std::mt19937_64& engine) {
    return {.limit = draw<std::uint32_t>(engine, 1, 20),
            .window = std::chrono::seconds(draw(engine, 1, 100))};
}

}  // namespace

RandomHistory::RandomHistory(std::uint64_t seed)
    : clock(dawn), engine_(seed), random_(seed + 1), builder_(log, tables, clock, random_) {
    tables.set_own_run({node, boot_});
    commit({asked(RecordStart{{.node = node, .boot = boot_, .version = "1"}}),
            asked(CreateWorkspace{document("w0")})});
    workspaces_ = 1;
}

void RandomHistory::steps(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) step();
}

void RandomHistory::step() {
    if (draw(engine_, 0, 19) == 0) {
        [[maybe_unused]] const auto fault = write_use_rows(log, tables.use_tail());
        assert(!fault);
    }
    // A wall clock may be set back.
    clock.advance(
        Duration(draw(engine_, 0, 9) == 0 ? draw(engine_, -5000, 0) : draw(engine_, 0, 20'000)));
    builder_.clear();
    const int commands = draw(engine_, 1, 4);
    for (int i = 0; i < commands; ++i) add(submission());
    apply_batch();
}

void RandomHistory::commit(const std::vector<Submission>& submissions) {
    builder_.clear();
    const std::uint64_t refused_before = refused;
    for (const Submission& each : submissions) add(each);
    assert(refused == refused_before);
    apply_batch();
}

void RandomHistory::add(const Submission& submission) {
    const std::size_t events = builder_.events().size();
    if (!builder_.add(submission)) ++refused;
    for (std::size_t i = events; i < builder_.events().size(); ++i) {
        const auto* created = std::get_if<KeyCreated>(&builder_.events()[i].event.body);
        if (created) keys.push_back(created->key);
    }
}

void RandomHistory::apply_batch() {
    const auto fault = log.append(builder_.batch());
    assert(!fault);
    for (const SealedEvent& sealed : builder_.events()) tables.apply(sealed.event, sealed.leaf);
    tables.publish();
}

Submission RandomHistory::submission() {
    Submission submission = asked(command());
    if (draw(engine_, 0, 1) == 0) submission.reason = "reason";
    if (draw(engine_, 0, 1) == 0) submission.request_id = std::to_string(engine_());
    if (!is_own(submission.command) && draw(engine_, 0, 3) == 0) {
        submission.actor = {.kind = ActorKind::admin_key, .id = any_key(), .address = "192.0.2.1"};
        // Of few, so that some are asked again.
        submission.idempotency =
            Idempotency{.slot = digest_of(draw<std::uint32_t>(engine_, 900'000, 900'040)),
                        .request = digest_of(draw<std::uint32_t>(engine_, 1, 2))};
    }
    return submission;
}

Command RandomHistory::command() {
    if (keys.empty()) return new_key();
    switch (draw(engine_, 0, 9)) {
        case 0:
            return on_workspaces();
        case 1:
        case 2:
            return new_key();
        case 3:
            return ImportKeys{.workspace = "w0", .keys = {new_key(), new_key()}};
        case 4:
        case 5:
            return uses();
        case 6:
            return check();
        default:
            return on_key(any_key());
    }
}

Command RandomHistory::check() {
    UseKey use = use_of(any_digest(), draw<std::uint64_t>(engine_, 0, 3));
    use.scopes = {"leads:read"};
    use.address = parse_address("192.0.2.9");
    use.record_address = true;
    return use;
}

Command RandomHistory::on_workspaces() {
    if (draw(engine_, 0, 5) == 0) {
        if (draw(engine_, 0, 1) == 0) return RecordStop{{.node = node, .boot = boot_}};
        flushes_ = 0;
        tables.set_own_run({node, ++boot_});
        return RecordStart{{.node = node, .boot = boot_, .version = "2"}};
    }
    if (workspaces_ < workspaces_max && draw(engine_, 0, 1) == 0) {
        return CreateWorkspace{document("w" + std::to_string(workspaces_++))};
    }
    const WorkspaceState& state = *tables.find_workspace("w0")->state.load();
    ChangeWorkspace change{.document = state.document, .based_on = state.revision};
    change.document.name = std::to_string(engine_());
    change.document.environments.front().rate_limit = some_rate(engine_);
    change.document.empty_scopes = draw(engine_, 0, 1) == 0 ? EmptyScopes::all : EmptyScopes::none;
    return change;
}

Command RandomHistory::on_key(const KeyId& key) {
    switch (draw(engine_, 0, 8)) {
        case 0:
            return ScopeKey{.key = key, .scopes = some_scopes(engine_), .all = true};
        case 1:
            return SuspendKey{key};
        case 2:
            return ResumeKey{key};
        case 3:
            return draw(engine_, 0, 2) == 0 ? Command(RevokeKey{key}) : Command(ResumeKey{key});
        case 4:
            return draw(engine_, 0, 9) == 0
                       ? Command(RevokeKeys{.workspace = "w0", .owner = "owner", .keys = {}})
                       : Command(RevokeDigests{.digests = {fresh_digest(), any_digest()}});
        case 5:
        case 6:
            return change(key);
        default:
            return RotateKey{.key = key,
                             .digest = fresh_digest(),
                             .hint = "new",
                             .grace = std::chrono::seconds(draw(engine_, 0, 100))};
    }
}

Command RandomHistory::change(const KeyId& key) {
    ChangeKey change;
    change.key = key;
    change.changed = draw(engine_, 1U, (1U << settings_count) - 1);
    change.settings = new_key().settings;
    change.settings.expires_at = clock.now() + std::chrono::hours(draw(engine_, 1, 1000));
    return change;
}

Command RandomHistory::uses() {
    RecordUses record{.flush = {.node = node, .boot = boot_, .number = ++flushes_}, .rows = {}};
    const int rows = draw(engine_, 1, 6);
    for (int i = 0; i < rows; ++i) {
        UseRow& row = record.rows.emplace_back();
        row.key = any_key();
        row.outcome = draw(engine_, 0, 1) == 0 ? Outcome::valid : Outcome::suspended;
        row.scope = "leads:read";
        row.count = draw(engine_, 1U, 50U);
        row.spent = row.count;
        row.first = row.last = clock.now();
        if (draw(engine_, 0, 1) == 0) row.address = "192.0.2.7";
    }
    return record;
}

CreateKey RandomHistory::new_key() {
    CreateKey create = keyledger::new_key(1, any_workspace());
    create.key = {mint_uuid7(clock.now(), random_)};
    create.digest = fresh_digest();
    KeySettings& settings = create.settings;
    settings.name = std::to_string(engine_());
    if (draw(engine_, 0, 2) == 0) settings.owner = "owner";
    if (draw(engine_, 0, 2) == 0) settings.metadata = R"({"a":1})";
    if (draw(engine_, 0, 2) == 0) settings.rate_limit = some_rate(engine_);
    if (draw(engine_, 0, 1) == 0) {
        settings.quota = QuotaLimit{.limit = draw<std::uint64_t>(engine_, 1, 10), .window = {}};
        if (draw(engine_, 0, 1) == 0) settings.quota->window = std::chrono::seconds(60);
    }
    if (draw(engine_, 0, 4) == 0) create.origin = keyledger::Origin::imported;
    if (draw(engine_, 0, 1) == 0) create.scopes = some_scopes(engine_);
    if (draw(engine_, 0, 3) == 0) {
        create.resource = Resource{"agent", std::to_string(draw(engine_, 1, 3))};
    }
    if (draw(engine_, 0, 3) == 0) {
        create.not_before = clock.now() + std::chrono::seconds(draw(engine_, -100, 100));
    }
    return create;
}

KeyId RandomHistory::any_key() {
    if (keys.empty()) return {};
    return keys[draw<std::size_t>(engine_, 0, keys.size() - 1)];
}

std::string RandomHistory::any_workspace() {
    return "w" + std::to_string(draw<std::uint64_t>(engine_, 0, workspaces_ - 1));
}

Digest RandomHistory::fresh_digest() {
    return sha256("digest " + std::to_string(digests_++));
}

Digest RandomHistory::any_digest() {
    return sha256("digest " + std::to_string(draw<std::uint64_t>(engine_, 0, digests_)));
}

UseKey use_of(const Digest& digest, std::uint64_t cost) {
    UseKey use;
    use.digest = digest;
    use.cost = cost;
    return use;
}

std::vector<std::pair<std::string, std::string>> rows_of(const EventLog& log, Family family) {
    std::vector<std::pair<std::string, std::string>> all;
    log.rows(family, "", std::string(64, '\xff'), [&](std::string_view key, std::string_view row) {
        all.emplace_back(key, row);
        return true;
    });
    return all;
}

void copy_events(const EventLog& from, EventLog& to, std::uint64_t until) {
    LogBatch batch;
    batch.first_seq = to.next_seq();
    for (std::uint64_t seq = batch.first_seq; seq < until; ++seq) {
        batch.events.push_back(*from.read(seq));
    }
    const auto fault = to.append(batch);
    assert(!fault);
}

namespace {

std::string difference(const KeyEntry& left, const Tables& right) {
    const std::string name = "key " + to_text(left.id);
    const KeyEntry* other = right.find_key(left.id);
    if (!other) return name + " is missing";
    if (*left.state.load() != *other->state.load()) return name + " has another state";
    if (*left.use.load() != *other->use.load()) return name + " has another use";
    if (left.workspace.slug != other->workspace.slug) return name + " is in another workspace";
    for (const Secret& secret : left.state.load()->secrets) {
        if (right.find_digest(secret.digest) != other) return name + " is not found by a digest";
    }
    return "";
}

std::string difference(const WorkspaceEntry& left, const Tables& right) {
    const std::string name = "workspace " + left.slug;
    const WorkspaceEntry* other = right.find_workspace(left.slug);
    if (!other) return name + " is missing";
    if (*left.state.load() != *other->state.load()) return name + " has another state";
    if (left.keys.size() != other->keys.size()) return name + " has another number of keys";
    for (std::size_t i = 0; i < left.keys.size(); ++i) {
        if (left.keys[i].id != other->keys[i].id) return name + " has keys in another order";
    }
    return "";
}

}  // namespace

std::string difference(Tables& left, Tables& right) {
    if (left.base() != right.base()) return "the bases differ";
    if (left.applied() != right.applied()) return "what is applied differs";
    if (left.has_imported() != right.has_imported()) return "one has imported";
    if (left.keys_count() != right.keys_count()) return "the numbers of keys differ";
    if (left.workspaces().size() != right.workspaces().size()) return "more workspaces in one";
    for (std::size_t i = 0; i < left.workspaces().size(); ++i) {
        if (left.workspaces()[i].slug != right.workspaces()[i].slug) return "another order";
        if (auto what = difference(left.workspaces()[i], right); !what.empty()) return what;
    }
    for (const KeyEntry& entry : left.keys()) {
        if (auto what = difference(entry, right); !what.empty()) return what;
    }
    return left.digest() == right.digest() ? "" : "the digests differ";
}

}  // namespace keyledger
