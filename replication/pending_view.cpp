#include "replication/pending_view.hpp"

#include "ledger/rules/evolve.hpp"
#include "ledger/rules/overloaded.hpp"

#include <cassert>
#include <limits>

namespace keyledger {

void PendingView::clear() {
    keys_.clear();
    uses_.clear();
    digests_.clear();
    created_.clear();
    workspaces_.clear();
    flushes_.clear();
    for (std::size_t i = 0; i < heads_.size(); ++i)
        heads_[i] = tables_.head(static_cast<StreamKind>(i));
    next_seq_ = tables_.next_seq();
    ledger_time_ = tables_.ledger_time();
}

KeyState& PendingView::changing(const KeyId& id) {
    const auto found = keys_.find(id);
    if (found != keys_.end()) return found->second;
    return keys_.emplace(id, *tables_.find_key(id)->state.load()).first->second;
}

KeyUse& PendingView::counting(const KeyId& id) {
    const auto found = uses_.find(id);
    if (found != uses_.end()) return found->second;
    return uses_.emplace(id, *tables_.find_key(id)->use.load()).first->second;
}

void PendingView::apply(const Event& event, const Digest& leaf) {
    const Envelope& envelope = event.envelope;
    const auto on_workspace = [&](const std::string& slug) {
        const WorkspaceState* before = workspace(slug);
        WorkspaceState& state =
            workspaces_.try_emplace(slug, before ? *before : WorkspaceState{}).first->second;
        evolve(state, event);
    };
    const auto on_key = [&](const auto& body) {
        KeyState& state = changing(body.key);
        evolve(counting(body.key), state, event);
        evolve(state, event, leaf);
        digests_[state.secrets.back().digest] = body.key;
    };
    const auto on_created = [&](const KeyCreated& created) {
        keys_.emplace(created.key, born(envelope, created, leaf));
        uses_.emplace(created.key, KeyUse{}).first->second.last_seq = envelope.seq;
        digests_[created.digest] = created.key;
        created_.push_back(created.key);
    };
    const auto on_uses = [&](const KeysUsed& used) {
        for (const UseRow& row : used.rows) {
            const auto& quota = key(row.key)->settings.quota;
            evolve(counting(row.key), row, quota ? &*quota : nullptr, envelope.seq);
        }
        if (used.flush.number == 0) return;
        flushes_[{used.flush.node, used.flush.boot}] = used.flush.number;
    };
    std::visit(
        Overloaded{
            [&](const WorkspaceCreated& e) { on_workspace(e.document.slug); },
            [&](const WorkspaceChanged& e) { on_workspace(e.after.slug); },
            [&](const KeyCreated& e) { on_created(e); }, [&](const KeysUsed& e) { on_uses(e); },
            [&](const OfOneKey auto& e) { on_key(e); },
            [](const auto&) {},  // changes no key and no workspace
        },
        event.body);
    heads_[static_cast<std::size_t>(envelope.stream.kind)] = {envelope.stream_revision, leaf};
    next_seq_ += 1;
    ledger_time_ = envelope.time;
}

StreamHead PendingView::head(const Stream& stream) const {
    if (stream.kind != StreamKind::key) return heads_[static_cast<std::size_t>(stream.kind)];
    const KeyState* state = key(stream.key);
    return state ? StreamHead{state->revision, state->head} : StreamHead{};
}

const WorkspaceState* PendingView::workspace(std::string_view slug) const {
    const auto found = workspaces_.find(slug);
    if (found != workspaces_.end()) return &found->second;
    const WorkspaceEntry* entry = tables_.find_workspace(slug);
    return entry ? entry->state.load() : nullptr;
}

const KeyState* PendingView::key(const KeyId& id) const {
    const auto found = keys_.find(id);
    if (found != keys_.end()) return &found->second;
    const KeyEntry* entry = tables_.find_key(id);
    return entry ? entry->state.load() : nullptr;
}

const KeyState* PendingView::key_of_digest(const Digest& digest) const {
    const auto found = digests_.find(digest);
    if (found != digests_.end()) return key(found->second);
    const KeyEntry* entry = tables_.find_digest(digest);
    return entry ? key(entry->id) : nullptr;
}

const KeyUse& PendingView::use(const KeyId& id) const {
    const auto found = uses_.find(id);
    return found != uses_.end() ? found->second : *tables_.find_key(id)->use.load();
}

void PendingView::each_key(std::string_view workspace,
                           const std::function<void(const KeyState&)>& visit) const {
    if (const WorkspaceEntry* entry = tables_.find_workspace(workspace)) {
        for (std::size_t i = 0; i < entry->keys.size(); ++i) {
            const KeyEntry& committed = entry->keys[i];
            const auto pending = keys_.find(committed.id);
            visit(pending != keys_.end() ? pending->second : *committed.state.load());
        }
    }
    for (const KeyId& id : created_) {
        const KeyState& state = keys_.at(id);
        if (state.workspace == workspace) visit(state);
    }
}

std::uint64_t PendingView::last_flush(std::uint64_t node, std::uint64_t boot) const {
    const auto pending = flushes_.find({node, boot});
    if (pending != flushes_.end()) return pending->second;
    const auto run = tables_.runs().find(node);
    if (run == tables_.runs().end() || boot > run->second.boot) return 0;
    // A flush of an earlier start comes too late: its gap has been stated.
    return boot < run->second.boot ? std::numeric_limits<std::uint64_t>::max()
                                   : run->second.last_flush;
}

// A key that the batch itself creates has no window yet: nobody can have used it.
const RateCell* PendingView::rate_cell(const KeyId& id) const {
    const KeyEntry* entry = tables_.find_key(id);
    return entry ? &entry->rate : nullptr;
}

bool PendingView::rate_open(const KeyId& id, const RateLimit& limit, Timestamp now) const {
    const RateCell* cell = rate_cell(id);
    return !cell || cell->open(limit, now);
}

bool PendingView::take_rate(const KeyId& id, const RateLimit& limit, Timestamp now) {
    const RateCell* cell = rate_cell(id);
    return !cell || const_cast<RateCell*>(cell)->take(limit, now).has_value();
}

}  // namespace keyledger
