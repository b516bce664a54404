#include "tests/replication/simulation/ledger_history.hpp"

#include "ledger/log/memory_log.hpp"
#include "ledger/stored/event_codec.hpp"
#include "projections/replay.hpp"
#include "tests/support/random_history.hpp"

#include <set>

namespace keyledger {

void LedgerHistory::shown(const std::string& node, const EventLog& log, std::uint64_t from,
                          Tables& tables) {
    const std::uint64_t end = log.next_seq();
    for (std::uint64_t seq = from; seq < end; ++seq) {
        const auto event = log.read(seq);
        if (seq == events_.size()) events_.push_back(*event);
        if (events_[seq].leaf != event->leaf || events_[seq].personal != event->personal)
            violated(node + " holds another event " + std::to_string(seq));
    }
    if (tables.next_seq() != end) return violated(node + " shows other events than it holds");
    const auto [known, is_new] = digests_.emplace(end, tables.digest());
    if (!is_new && known->second != tables.digest())
        violated(node + " has other tables after " + std::to_string(end) + " events");
}

void LedgerHistory::answered(std::uint64_t first_seq, std::uint64_t events, const Digest& slot) {
    if (first_seq + events > events_.size())
        return violated("a client was told of event " + std::to_string(first_seq) +
                        ", which no node shows");
    const StoredEvent& stored = events_[first_seq];
    const auto event = decode(stored.leaf, stored.personal);
    if (!event->envelope.idempotency || event->envelope.idempotency->slot != slot)
        violated("a client was told of event " + std::to_string(first_seq) +
                 ", which is another's");
    told_ = std::max(told_, first_seq + events - 1);
}

void LedgerHistory::answered_without_events(std::uint64_t seq, std::uint64_t asked) {
    if (seq < asked)
        violated("a client was told that nothing is left to do as of event " +
                 std::to_string(seq) + ", when another had been told of " + std::to_string(asked));
}

void LedgerHistory::check_rules() {
    std::set<Digest> slots;
    std::map<KeyId, std::uint64_t> limits, spent;
    std::set<KeyId> revoked;
    for (const StoredEvent& stored : events_) {
        const auto event = decode(stored.leaf, stored.personal);
        const auto& asked = event->envelope.idempotency;
        if (asked && !slots.insert(asked->slot).second) violated("a command was applied twice");
        if (const auto* created = std::get_if<KeyCreated>(&event->body)) {
            if (created->settings.quota) limits[created->key] = created->settings.quota->limit;
        } else if (const auto* gone = std::get_if<KeyRevoked>(&event->body)) {
            revoked.insert(gone->key);
        } else if (const auto* used = std::get_if<KeysUsed>(&event->body)) {
            for (const UseRow& row : used->rows) {
                if (revoked.contains(row.key)) violated("a revoked key was used");
                spent[row.key] += row.cost;
            }
        }
    }
    for (const auto& [key, limit] : limits)
        if (spent[key] > limit) violated("a quota was overshot");
}

void LedgerHistory::check_rows(const std::vector<const EventLog*>& logs) {
    MemoryLog rebuilt;
    copy_events(*logs.front(), rebuilt, logs.front()->next_seq());
    Tables tables;
    const RestoreResult restored = restore(rebuilt, tables, Rebuild::always);
    if (const auto problem = problem_of(restored)) return violated("replayed: " + *problem);
    if (tables.digest() != digests_.rbegin()->second)
        violated("a rebuild makes other tables than the nodes have");
    for (const EventLog* log : logs)
        for (const Family family :
             {Family::streams, Family::idempotency, Family::access, Family::tree})
            if (rows_of(*log, family) != rows_of(rebuilt, family))
                violated("rows of family " + std::to_string(static_cast<int>(family)) +
                         " are not those that a rebuild makes");
}

void LedgerHistory::violated(std::string what) {
    if (violation_.empty()) violation_ = std::move(what);
}

}  // namespace keyledger
