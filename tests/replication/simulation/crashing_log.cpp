#include "tests/replication/simulation/crashing_log.hpp"

#include <cassert>

namespace keyledger {

std::optional<LogFault> CrashingLog::append(const LogBatch& batch) {
    if (torn_ && batch.durability == Durability::deferred) {
        RowChanges first;
        for (const Row& row : batch.rows)
            if (row.family == Family::raft) first.written.push_back(row);
        written_.emplace_back(first);
    }
    written_.emplace_back(batch);
    if (batch.durability == Durability::synced) synced_ = written_.size();
    return seen.append(batch);
}

std::optional<LogFault> CrashingLog::put(const std::vector<Row>& rows) {
    return change({.erased = {}, .written = rows}, Durability::deferred);
}

std::optional<LogFault> CrashingLog::erase(Family family, std::string_view from,
                                           std::string_view until) {
    return change({.erased = {{family, std::string(from), std::string(until)}}, .written = {}},
                  Durability::deferred);
}

std::optional<LogFault> CrashingLog::change(const RowChanges& changes, Durability durability) {
    written_.emplace_back(changes);
    if (durability == Durability::synced) synced_ = written_.size();
    return seen.change(changes, durability);
}

std::unique_ptr<CrashingLog> CrashingLog::crashed(std::size_t kept) const {
    assert(kept <= unsynced());
    auto found = std::make_unique<CrashingLog>();
    for (std::size_t i = 0; i < synced_ + kept; ++i) {
        if (const auto* batch = std::get_if<LogBatch>(&written_[i]))
            (void)found->append(*batch);
        else
            (void)found->change(std::get<RowChanges>(written_[i]), Durability::deferred);
    }
    found->torn_ = torn_;
    found->synced_ = found->written_.size();
    return found;
}

}  // namespace keyledger
