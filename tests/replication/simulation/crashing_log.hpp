#pragma once
// A whole log in memory that loses what was not synced.

#include "ledger/log/memory_log.hpp"
#include "tests/support/forwarding_log.hpp"

#include <cstddef>
#include <memory>
#include <variant>
#include <vector>

namespace keyledger {

// A base, so that it is there before what forwards to it.
struct EventsSeen {
    MemoryLog seen;
};

// Remembers all that was written to it, in order. Reads see what was written last, synced or not.
class CrashingLog final : private EventsSeen, public ForwardingLog {
public:
    CrashingLog() : ForwardingLog(seen) {}

    std::optional<LogFault> append(const LogBatch& batch) override;
    std::optional<LogFault> put(const std::vector<Row>& rows) override;
    std::optional<LogFault> erase(Family family, std::string_view from,
                                  std::string_view until) override;
    std::optional<LogFault> change(const RowChanges& changes, Durability durability) override;

    // Broken on purpose: of a batch that is not synced, the rows of the Raft log become a write of
    // their own, before its events.
    void tear() { torn_ = true; }

    std::size_t unsynced() const { return written_.size() - synced_; }
    // What the next start finds: all that was synced, and the first `kept` writes after it.
    std::unique_ptr<CrashingLog> crashed(std::size_t kept) const;

private:
    std::vector<std::variant<LogBatch, RowChanges>> written_;
    bool torn_ = false;
    std::size_t synced_ = 0;  // the first so many are on the disk
};

}  // namespace keyledger
