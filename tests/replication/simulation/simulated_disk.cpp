#include "tests/replication/simulation/simulated_disk.hpp"

#include <cassert>

namespace keyledger {

std::optional<LogFault> SimulatedDisk::change(const RowChanges& changes, Durability durability) {
    unsynced_.push_back(changes);
    if (durability == Durability::synced) sync();
    return seen.change(changes, durability);
}

std::optional<std::string> SimulatedDisk::durable_row(Family family, const std::string& key) const {
    const auto found = durable_.find({family, key});
    if (found == durable_.end()) return std::nullopt;
    return found->second;
}

void SimulatedDisk::sync() {
    for (const RowChanges& changes : unsynced_) make(changes, durable_);
    unsynced_.clear();
}

void SimulatedDisk::crash(std::size_t kept) {
    assert(kept <= unsynced_.size());
    unsynced_.resize(kept);
    sync();
    RowChanges anew;
    for (const Family family : {Family::raft, Family::meta})
        anew.erased.push_back({family, "", "\xff"});
    for (const auto& [place, value] : durable_)
        anew.written.push_back({place.first, place.second, value});
    (void)seen.change(anew, Durability::synced);
}

void SimulatedDisk::make(const RowChanges& changes, Rows& rows) {
    for (const auto& [family, from, until] : changes.erased) {
        if (from >= until) continue;
        rows.erase(rows.lower_bound({family, from}), rows.lower_bound({family, until}));
    }
    for (const Row& row : changes.written) rows.insert_or_assign({row.family, row.key}, row.value);
}

}  // namespace keyledger
