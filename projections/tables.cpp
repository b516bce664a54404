#include "projections/tables.hpp"

#include "ledger/base/bytes.hpp"
#include "ledger/base/keyed_hash.hpp"
#include "ledger/base/sha256.hpp"
#include "ledger/rules/evolve.hpp"
#include "ledger/rules/judge.hpp"
#include "ledger/rules/overloaded.hpp"
#include "projections/record_codec.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <memory>
#include <utility>

namespace keyledger {
namespace {

// Digests and slugs are chosen by clients, who must not be able to choose where they collide.
std::uint64_t hash_of(const Digest& digest) {
    return keyed_hash(view_of(digest));
}
std::uint64_t hash_of(const KeyId& id) {
    return KeyIdHash{}(id);
}
std::uint64_t hash_of(std::string_view slug) {
    return keyed_hash(slug);
}

using Hash128 = std::array<std::uint64_t, 2>;  // low word first

Hash128 sum(const Hash128& left, const Hash128& right) {
    const std::uint64_t low = left[0] + right[0];
    return {low, left[1] + right[1] + (low < left[0] ? 1 : 0)};
}

Hash128 difference(const Hash128& left, const Hash128& right) {
    return {left[0] - right[0], left[1] - right[1] - (left[0] < right[0] ? 1 : 0)};
}

Hash128 hash128(const std::string& record) {
    const Digest digest = sha256(record);
    const std::string_view bytes = view_of(digest);
    return {load_u64(bytes.substr(0, 8)), load_u64(bytes.substr(8, 8))};
}

}  // namespace

KeyEntry::~KeyEntry() {
    delete state.load();
    delete use.load();
}

WorkspaceEntry::~WorkspaceEntry() {
    delete state.load();
}

Tables::Tables() = default;
Tables::~Tables() = default;

const KeyEntry* Tables::find_key(const KeyId& id) const {
    return by_id_.find(hash_of(id), [&](const KeyEntry& entry) { return entry.id == id; });
}

const KeyEntry* Tables::find_digest(const Digest& digest) const {
    return by_digest_.find(hash_of(digest), [&](const KeyEntry& entry) {
        return find_secret(*entry.state.load(), digest) != nullptr;
    });
}

const WorkspaceEntry* Tables::find_workspace(std::string_view slug) const {
    return by_slug_.find(hash_of(slug),
                         [&](const WorkspaceEntry& entry) { return entry.slug == slug; });
}

KeyEntry& Tables::key_entry(const KeyId& id) {
    const KeyEntry* entry = find_key(id);
    assert(entry && "an event of a key that was created");
    return const_cast<KeyEntry&>(*entry);  // ours: the writer's own look-up of its own entry
}

WorkspaceEntry& Tables::workspace_entry(std::string_view slug) {
    const WorkspaceEntry* entry = find_workspace(slug);
    assert(entry && "an event of a workspace that was created");
    return const_cast<WorkspaceEntry&>(*entry);  // likewise
}

// The entry is whole before the index or the list leads to it.
WorkspaceEntry& Tables::add_workspace(WorkspaceState state) {
    assert(!find_workspace(state.document.slug));
    WorkspaceEntry& entry = workspaces_.emplace_back(state.document.slug);
    entry.state.store(new WorkspaceState(std::move(state)));
    by_slug_.insert(hash_of(entry.slug), entry);
    workspace_list_.push_back(entry);
    return entry;
}

void Tables::set_state(KeyEntry& entry, KeyState state) {
    const auto* replacement = new KeyState(std::move(state));
    const KeyState* old = entry.state.exchange(replacement);
    if (old) reclaimer_.retire(old);
    if (!std::exchange(entry.stale_hash, true)) stale_hashes_.push_back(&entry);
}

void Tables::set_use(KeyEntry& entry, const KeyUse& use) {
    const KeyUse* old = entry.use.exchange(new KeyUse(use));
    if (old) reclaimer_.retire(old);
    if (!std::exchange(entry.stale_hash, true)) stale_hashes_.push_back(&entry);
}

void Tables::index_secret(KeyEntry& entry, const Digest& digest) {
    by_digest_.insert(hash_of(digest), entry);
}

// The entry is whole before any index leads to it.
KeyEntry& Tables::add_key(KeyState state, KeyUse use) {
    WorkspaceEntry& workspace = workspace_entry(state.workspace);
    KeyEntry& entry = keys_.emplace_back(state.id, workspace);
    if (state.origin == Origin::imported) imported_.store(true, std::memory_order_release);
    std::vector<Digest> digests;
    for (const Secret& secret : state.secrets) digests.push_back(secret.digest);
    set_use(entry, use);
    set_state(entry, std::move(state));
    by_id_.insert(hash_of(entry.id), entry);
    for (const Digest& digest : digests) index_secret(entry, digest);
    workspace.keys.push_back(entry);
    keys_count_.fetch_add(1, std::memory_order_relaxed);
    return entry;
}

void Tables::apply_created(const Event& event, const KeyCreated& created, const Digest& leaf) {
    assert(!find_key(created.key));
    KeyUse use;
    use.last_seq = event.envelope.seq;
    add_key(born(event.envelope, created, leaf), use);
}

void Tables::apply_life_cycle(const Event& event, const KeyId& id, const Digest& leaf) {
    KeyEntry& entry = key_entry(id);
    if (event.envelope.seq <= entry.loaded_seq) return;
    KeyState state = *entry.state.load(std::memory_order_relaxed);
    KeyUse use = *entry.use.load(std::memory_order_relaxed);
    evolve(use, state, event);
    evolve(state, event, leaf);
    // The new secret must be found as soon as the state shows it, and not before.
    const auto* rotated = std::get_if<KeyRotated>(&event.body);
    set_use(entry, use);
    set_state(entry, std::move(state));
    if (rotated) index_secret(entry, rotated->digest);
}

void Tables::apply_workspace(const Event& event, const std::string& slug) {
    if (std::holds_alternative<WorkspaceCreated>(event.body)) {
        WorkspaceState created;
        evolve(created, event);
        add_workspace(std::move(created));
        return;
    }
    WorkspaceEntry& entry = workspace_entry(slug);
    if (event.envelope.seq <= entry.loaded_seq) return;
    WorkspaceState state = *entry.state.load(std::memory_order_relaxed);
    evolve(state, event);
    reclaimer_.retire(entry.state.exchange(new WorkspaceState(std::move(state))));
}

void Tables::apply_uses(const Event& event, const KeysUsed& used) {
    use_tail_.add(event.envelope.seq, used);
    const bool counted_here = used.flush.node == own_.node && used.flush.boot == own_.boot;
    for (const UseRow& row : used.rows) {
        KeyEntry& entry = key_entry(row.key);
        if (event.envelope.seq <= entry.loaded_seq) continue;
        const KeyState& state = *entry.state.load(std::memory_order_relaxed);
        const auto& quota = state.settings.quota;
        KeyUse use = *entry.use.load(std::memory_order_relaxed);
        evolve(use, row, quota ? &*quota : nullptr, event.envelope.seq);
        set_use(entry, use);
        if (counted_here || row.spent == 0) continue;
        const WorkspaceState& workspace = *entry.workspace.state.load(std::memory_order_relaxed);
        const RateLimit* rate = effective_rate_limit(state, workspace.document);
        if (rate) entry.rate.add(row.spent, *rate, row.last);
    }
    if (used.flush.number == 0) return;
    NodeRun& run = runs_[used.flush.node];
    run.last_flush = std::max(run.last_flush, used.flush.number);
    for (const UseRow& row : used.rows) run.last_counted = std::max(run.last_counted, row.last);
}

void Tables::apply_run(const Event& event) {
    if (const auto* start = std::get_if<LedgerStarted>(&event.body)) {
        runs_[start->node] = {.boot = start->boot,
                              .last_flush = 0,
                              .last_counted = event.envelope.time,
                              .stopped = false};
    } else if (const auto* stop = std::get_if<LedgerStopped>(&event.body)) {
        runs_[stop->node].stopped = true;
    }
}

void Tables::apply(const Event& event, const Digest& leaf) {
    const Envelope& envelope = event.envelope;
    assert(envelope.seq == next_seq_);
    std::visit(Overloaded{
                   [&](const WorkspaceCreated& e) { apply_workspace(event, e.document.slug); },
                   [&](const WorkspaceChanged& e) { apply_workspace(event, e.after.slug); },
                   [&](const KeyCreated& e) { apply_created(event, e, leaf); },
                   [&](const KeysUsed& e) { apply_uses(event, e); },
                   [&](const LedgerStarted&) { apply_run(event); },
                   [&](const LedgerStopped&) { apply_run(event); },
                   [&](const OfOneKey auto& e) { apply_life_cycle(event, e.key, leaf); },
                   [](const auto&) {},  // changes no key and no workspace
               },
               event.body);
    if (envelope.stream.kind != StreamKind::key) {
        heads_[static_cast<std::size_t>(envelope.stream.kind)] = {envelope.stream_revision, leaf};
    }
    next_seq_ += 1;
    ledger_time_.store(envelope.time.time_since_epoch().count(), std::memory_order_release);
}

// Sequentially consistent: whoever waits for an event either sees it here, or is seen waiting by
// AppliedSignal::notify.
void Tables::publish() {
    if (next_seq_ > 0) applied_.store(next_seq_ - 1);
    reclaimer_.collect();
}

std::string Tables::digest() {
    for (KeyEntry* entry : stale_hashes_) {
        std::string record;
        append_facts(record, *entry->state.load());
        append_use(record, *entry->use.load());
        const Hash128 hash = hash128(record);
        keys_hash_ = sum(difference(keys_hash_, entry->hash), hash);
        entry->hash = hash;
        entry->stale_hash = false;
    }
    stale_hashes_.clear();
    Hash128 all = keys_hash_;
    for (const WorkspaceEntry& entry : workspaces_) {
        std::string record;
        append_workspace_record(record, *entry.state.load());
        all = sum(all, hash128(record));
    }
    std::string bytes;
    append_u64(bytes, all[1]);
    append_u64(bytes, all[0]);
    return to_hex(bytes);
}

Tables::Base Tables::base() const {
    return {.next_seq = next_seq_, .ledger_time = ledger_time(), .heads = heads_, .runs = runs_};
}

void Tables::load_base(const Base& base) {
    assert(next_seq_ == 0);
    next_seq_ = base.next_seq;
    ledger_time_.store(base.ledger_time.time_since_epoch().count());
    heads_ = base.heads;
    runs_ = base.runs;
}

void Tables::load_workspace(WorkspaceState state) {
    const std::uint64_t seq = state.seq;
    add_workspace(std::move(state)).loaded_seq = seq;
}

void Tables::load_key(KeyState state, KeyUse use, std::uint64_t rate_bits) {
    KeyEntry& entry = add_key(std::move(state), use);
    entry.loaded_seq = use.last_seq;
    entry.rate.restore(rate_bits);
}

}  // namespace keyledger
