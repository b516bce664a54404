#pragma once
// A log in memory that loses what was not synced.

#include "ledger/log/memory_log.hpp"
#include "tests/support/forwarding_log.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace keyledger {

// A base, so that it is there before what forwards to it.
struct RowsSeen {
    MemoryLog seen;
};

// Only `change` writes to it. Reads see what was written last, synced or not.
class SimulatedDisk final : private RowsSeen, public ForwardingLog {
public:
    SimulatedDisk() : ForwardingLog(seen) {}

    std::optional<LogFault> change(const RowChanges& changes, Durability durability) override;

    // What stays if the current goes now; nothing if the row does not.
    std::optional<std::string> durable_row(Family family, const std::string& key) const;
    std::size_t unsynced() const { return unsynced_.size(); }
    // All up to now is on the disk.
    void sync();
    // Loses the unsynced changes but for the first `kept`: they reach the disk in order.
    void crash(std::size_t kept);

private:
    using Rows = std::map<std::pair<Family, std::string>, std::string>;

    static void make(const RowChanges& changes, Rows& rows);

    Rows durable_;
    std::vector<RowChanges> unsynced_;
};

}  // namespace keyledger
