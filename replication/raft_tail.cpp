#include "replication/raft_tail.hpp"

#include "ledger/log/tree_rows.hpp"
#include "replication/checkpoint_signer.hpp"
#include "replication/entry_codec.hpp"

#include <optional>
#include <vector>

namespace keyledger {

namespace {

// The events of an entry that counts where `next_seq` is the next one; none of any other.
std::vector<StoredEvent> events_at(std::uint64_t next_seq, const RaftEntry& entry) {
    if (entry.kind != EntryKind::normal) return {};
    const auto header = decode_entry_header(entry.data);
    if (!header || header->term != entry.term || header->first_seq != next_seq) return {};
    return decode_entry_events(entry.data).value_or(std::vector<StoredEvent>());
}

}  // namespace

std::variant<std::uint64_t, std::string> committed_by(const TreeHead& checkpoint,
                                                      const EventLog& log,
                                                      const RaftStored& stored) {
    if (checkpoint.size <= log.next_seq()) {
        if (auto problem = contradiction(log, checkpoint)) return std::move(*problem);
        return stored.applied;
    }
    const std::string size = std::to_string(checkpoint.size);
    auto tree = TreeWriter::open(log);
    if (!tree) return "the tree beside the events is not theirs";
    std::vector<Row> tiles;
    for (const RaftEntry& entry : stored.entries) {
        if (entry.index <= stored.applied) continue;
        for (const StoredEvent& event : events_at(tree->size(), entry)) {
            tree->append(leaf_hash(event.leaf), tiles);
            if (tree->size() < checkpoint.size) continue;
            if (tree->head().root == checkpoint.root) return entry.index;
            return "the first " + size + " events, with those of the Raft log, are not those of " +
                   "the last checkpoint";
        }
    }
    return "events are missing: the last checkpoint says size=" + size +
           ", the log and the Raft log hold " + std::to_string(tree->size());
}

}  // namespace keyledger
