#pragma once
// A start: the tables from the newest snapshot and the events after it, or from the log alone.

#include "ledger/log/event_log.hpp"
#include "projections/tables.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace keyledger {

enum class Rebuild : std::uint8_t {
    never,      // nothing is written: the log may be open for reading alone
    if_needed,  // where an earlier one was cut short, or the rows tell of uses that are no more
    always
};

struct Restored {
    std::uint64_t snapshot = 0;  // the first seq that was replayed
    std::uint64_t replayed = 0;  // how many events
    bool rebuilt = false;        // the derived rows were made again
};

// What does not hold: bytes that are no event, a gap, a stream that does not continue its last
// leaf, or an event that is not in the tree beside it.
struct Damage {
    std::uint64_t seq = 0;
    std::string what;
};

struct RestoreResult {
    Restored restored;
    std::optional<LogFault> fault;
    std::optional<Damage> damage;  // the first; the tables show what was before it
};

// One line that says what does not hold; nothing if all does.
std::optional<std::string> problem_of(const RestoreResult& result);

using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Fills empty `tables`. A rebuild throws all that is derived away first, snapshots too, and makes
// it again from the events; a crash in the middle is noticed, and the next start does it again.
// Where nothing is made again, each event is held to the tree beside it.
// `progress(done, total)` is called now and then.
RestoreResult restore(EventLog& log, Tables& tables, Rebuild rebuild,
                      const Progress& progress = {});

// Fills empty `tables` from the events before `end` alone, and writes nothing. The same is checked.
RestoreResult replay(const EventLog& log, Tables& tables, std::uint64_t end);

}  // namespace keyledger
