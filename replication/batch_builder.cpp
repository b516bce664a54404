#include "replication/batch_builder.hpp"

#include "ledger/log/idempotency_row.hpp"
#include "ledger/stored/event_codec.hpp"
#include "projections/index_rows.hpp"

#include <algorithm>
#include <cassert>

namespace keyledger {

void BatchBuilder::clear() {
    view_.clear();
    batch_.first_seq = view_.next_seq();
    batch_.events.clear();
    // The tree may stand elsewhere: a batch was dropped, or the log was opened just now.
    if (!tree_ || tree_->size() != view_.next_seq()) tree_ = TreeWriter::open(log_);
    assert(tree_ && "a log whose tree is not that of its events is not written to");
    batch_.rows.assign(1, tree_->range_row());
    events_.clear();
    answered_.clear();
    bytes_ = 0;
}

// A wall clock that was set back stands still until it has caught up.
Timestamp BatchBuilder::now() const {
    return std::max(clock_.now(), view_.ledger_time());
}

std::optional<Result<Receipt>> BatchBuilder::answered_before(const Idempotency& asked) const {
    const auto here = answered_.find(asked.slot);
    if (here != answered_.end()) {
        const auto& [request, earlier] = here->second;
        if (request != asked.request) return Rejection{Refusal::idempotency_mismatch};
        Receipt receipt = earlier;
        receipt.replayed = true;
        return receipt;
    }
    const auto value = log_.row(Family::idempotency, view_of(asked.slot));
    const auto row = value ? decode_idempotency_row(*value) : std::nullopt;
    if (!row || row->time + idempotency_kept <= now()) return {};
    if (row->request != asked.request) return Rejection{Refusal::idempotency_mismatch};
    Receipt receipt;
    receipt.first_seq = row->first_seq;
    receipt.events = row->count;
    receipt.seq = row->first_seq + row->count - 1;
    receipt.time = row->time;
    receipt.replayed = true;
    return receipt;
}

void BatchBuilder::seal(const Submission& submission, Draft draft, std::size_t position,
                        std::size_t count, Timestamp now) {
    SealedEvent& sealed = events_.emplace_back();
    Envelope& envelope = sealed.event.envelope;
    const StreamHead head = view_.head(draft.stream);
    envelope.seq = view_.next_seq();
    envelope.id = mint_uuid7(now, random_);
    envelope.time = now;
    envelope.workspace = std::move(draft.workspace);
    envelope.stream = draft.stream;
    envelope.stream_revision = head.revision + 1;
    envelope.previous = head.leaf;
    envelope.actor = submission.actor;
    envelope.request_id = submission.request_id;
    envelope.reason = submission.reason;
    if (position == 0) envelope.idempotency = submission.idempotency;
    envelope.command_events = position == 0 ? static_cast<std::uint32_t>(count) : 0;
    sealed.event.body = std::move(draft.body);
    // Its window was taken from when it was decided: whoever applies it must know where.
    if (auto* used = std::get_if<KeysUsed>(&sealed.event.body); used && used->flush.number == 0) {
        used->flush.node = tables_.own_run().node;
        used->flush.boot = tables_.own_run().boot;
    }

    StoredEvent stored = encode(sealed.event, random_);
    assert(stored.leaf.size() <= leaf_bytes_max && "decide keeps documents and rows small enough");
    sealed.leaf = leaf_hash(stored.leaf);
    bytes_ += stored.leaf.size() + stored.personal.size();
    const KeyId* changed = key_of(sealed.event.body);
    append_index_rows(batch_.rows, sealed.event, changed ? view_.key(*changed) : nullptr);
    batch_.events.push_back(std::move(stored));
    tree_->append(sealed.leaf, batch_.rows);
    batch_.rows.front() = tree_->range_row();
    view_.apply(sealed.event, sealed.leaf);
}

Result<Receipt> BatchBuilder::add(const Submission& submission) {
    if (submission.idempotency) {
        if (auto before = answered_before(*submission.idempotency)) return std::move(*before);
    }
    const Timestamp decided_at = now();
    Decision decision = TRY(decide(view_, submission, decided_at));
    Receipt receipt;
    receipt.first_seq = view_.next_seq();
    receipt.events = decision.events.size();
    receipt.time = decided_at;
    receipt.use = decision.use;
    receipt.digests = std::move(decision.digests);
    const std::size_t count = decision.events.size();
    for (std::size_t i = 0; i < count; ++i) {
        seal(submission, std::move(decision.events[i]), i, count, decided_at);
    }
    receipt.seq = view_.next_seq() == 0 ? 0 : view_.next_seq() - 1;
    if (submission.idempotency && count > 0)
        answered_[submission.idempotency->slot] = {submission.idempotency->request, receipt};
    return receipt;
}

}  // namespace keyledger
