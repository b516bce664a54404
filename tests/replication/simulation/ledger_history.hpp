#pragma once
// The one history that all nodes of a simulated cluster must tell, whatever fails. The first
// violation is kept.

#include "ledger/log/event_log.hpp"
#include "ledger/rules/event.hpp"
#include "projections/tables.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace keyledger {

class LedgerHistory {
public:
    // What a node shows from `from` on is what all show there, for ever; and so are its tables.
    void shown(const std::string& node, const EventLog& log, std::uint64_t from, Tables& tables);

    // A client was answered that its command made these events: they are there, and its own.
    void answered(std::uint64_t first_seq, std::uint64_t events, const Digest& slot);
    // A client was answered that nothing was left to do, as of `seq`, when others had been told of
    // all up to `asked` before it asked.
    void answered_without_events(std::uint64_t seq, std::uint64_t asked);
    // The newest event that any client was told of; 0 if there was none.
    std::uint64_t told() const { return told_; }

    // Of the whole: each command once, no quota overshot, nothing valid after a revocation.
    void check_rules();
    // The rows that are derived: of every log the same, and those that a rebuild makes.
    void check_rows(const std::vector<const EventLog*>& logs);

    void violated(std::string what);
    // Empty if there is none.
    const std::string& violation() const { return violation_; }
    std::uint64_t size() const { return events_.size(); }

private:
    std::vector<StoredEvent> events_;
    std::map<std::uint64_t, std::string> digests_;  // of the tables, by next seq
    std::uint64_t told_ = 0;
    std::string violation_;
};

}  // namespace keyledger
