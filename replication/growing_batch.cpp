#include "replication/growing_batch.hpp"

#include "ledger/stored/event_codec.hpp"
#include "projections/index_rows.hpp"
#include "projections/plausible.hpp"

#include <cassert>
#include <utility>

namespace keyledger {

void GrowingBatch::clear() {
    view_.clear();
    // The tree may stand elsewhere: others have appended, or the log was opened just now.
    if (!tree_ || tree_->size() != view_.next_seq()) tree_ = TreeWriter::open(log_);
    assert(tree_ && "a log whose tree is not that of its events is not written to");
    batch_.first_seq = view_.next_seq();
    batch_.events.clear();
    batch_.erased.clear();
    batch_.rows.assign(1, tree_->range_row());
    batch_.durability = Durability::synced;
    events_.clear();
    bytes_ = 0;
}

// Its tree holds events that never were, perhaps as many as have come instead.
void GrowingBatch::drop() {
    tree_.reset();
    clear();
}

void GrowingBatch::append(Event event, StoredEvent stored) {
    SealedEvent& sealed = events_.emplace_back(SealedEvent{std::move(event), {}});
    sealed.leaf = leaf_hash(stored.leaf);
    bytes_ += stored.leaf.size() + stored.personal.size();
    const KeyId* changed = key_of(sealed.event.body);
    append_index_rows(batch_.rows, sealed.event, changed ? view_.key(*changed) : nullptr);
    batch_.events.push_back(std::move(stored));
    tree_->append(sealed.leaf, batch_.rows);
    batch_.rows.front() = tree_->range_row();
    view_.apply(sealed.event, sealed.leaf);
}

std::optional<std::string> GrowingBatch::append_received(StoredEvent stored) {
    std::optional<Event> event = decode(stored.leaf, stored.personal);
    if (!event) return "holds bytes that are no event";
    const Envelope& envelope = event->envelope;
    if (envelope.seq != view_.next_seq()) return "holds another seq";
    if (envelope.time < view_.ledger_time()) return "is earlier than the event before it";
    const StreamHead head = view_.head(envelope.stream);
    if (envelope.stream_revision != head.revision + 1 || envelope.previous != head.leaf)
        return "does not continue its stream";
    if (!is_plausible(*event)) return "holds a value that nobody can have given it";
    append(std::move(*event), std::move(stored));
    return {};
}

}  // namespace keyledger
