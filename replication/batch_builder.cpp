#include "replication/batch_builder.hpp"

#include "ledger/log/idempotency_row.hpp"
#include "ledger/stored/event_codec.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace keyledger {

void BatchBuilder::clear() {
    growing_.clear();
    answered_.clear();
}

void BatchBuilder::drop() {
    growing_.drop();
    answered_.clear();
}

// A wall clock that was set back stands still until it has caught up.
Timestamp BatchBuilder::now() const {
    return std::max(clock_.now(), growing_.view().ledger_time());
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
    Event event;
    Envelope& envelope = event.envelope;
    const StreamHead head = growing_.view().head(draft.stream);
    envelope.seq = growing_.view().next_seq();
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
    event.body = std::move(draft.body);
    // Its window was taken from when it was decided: whoever applies it must know where.
    if (auto* used = std::get_if<KeysUsed>(&event.body); used && used->flush.number == 0) {
        used->flush.node = tables_.own_run().node;
        used->flush.boot = tables_.own_run().boot;
    }

    StoredEvent stored = encode(event, random_);
    assert(stored.leaf.size() <= leaf_bytes_max && "decide keeps documents and rows small enough");
    growing_.append(std::move(event), std::move(stored));
}

Result<Receipt> BatchBuilder::add(const Submission& submission) {
    if (submission.idempotency) {
        if (auto before = answered_before(*submission.idempotency)) return std::move(*before);
    }
    const Timestamp decided_at = now();
    Decision decision = TRY(decide(growing_.view(), submission, decided_at));
    Receipt receipt;
    receipt.first_seq = growing_.view().next_seq();
    receipt.events = decision.events.size();
    receipt.time = decided_at;
    receipt.use = decision.use;
    receipt.digests = std::move(decision.digests);
    const std::size_t count = decision.events.size();
    for (std::size_t i = 0; i < count; ++i) {
        seal(submission, std::move(decision.events[i]), i, count, decided_at);
    }
    const std::uint64_t next_seq = growing_.view().next_seq();
    receipt.seq = next_seq == 0 ? 0 : next_seq - 1;
    if (submission.idempotency && count > 0)
        answered_[submission.idempotency->slot] = {submission.idempotency->request, receipt};
    return receipt;
}

}  // namespace keyledger
