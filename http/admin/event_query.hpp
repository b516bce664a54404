#pragma once
// Which events are asked for, and finding them.

#include "http/admin/admin_door.hpp"
#include "projections/export/event_json.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keyledger {

inline constexpr std::size_t events_per_slice = 128;  // looked at before others get a turn
// Looked at for one page; a search that is longer goes on by its cursor.
inline constexpr std::size_t events_per_page_max = 16'384;

struct EventFilter {
    std::optional<std::string> type, workspace;
    std::optional<KeyId> key, actor;
    std::optional<Timestamp> since, until;
    // A caller that is bound to a workspace sees that one's events, and of uses its keys' rows.
    std::optional<std::string> bound_workspace;
};

// Reads type, key, workspace, actor, since, until; faults are noted in the query.
EventFilter read_event_filter(QueryReader& query, Timestamp now);

// Walks the ledger from a seq on, and shows what matches. Used by one thread at a time.
class EventSearch {
public:
    EventSearch(const AdminDoor& door, EventFilter filter, std::uint64_t from);

    // The next match among the events up to `newest`, after at most a slice of looking.
    struct Step {
        std::optional<std::uint64_t> seq;  // of a match, whose JSON is appended to `out`
        bool at_end = false;               // nothing more up to `newest`
    };
    Step step(std::uint64_t newest, std::string& out);

    // Where it goes on.
    std::uint64_t next() const { return next_; }
    // Nothing can match any more: an event of `until` or later was seen.
    bool is_over() const { return is_over_; }
    const std::optional<Timestamp>& until() const { return filter_.until; }

private:
    Step step_along_key(std::uint64_t newest, std::string& out);
    bool show(std::uint64_t seq, std::string& out);
    bool matches(const Event& event) const;
    bool shows_row(const UseRow& row) const;

    const AdminDoor& door_;
    EventFilter filter_;
    std::uint64_t next_;
    bool is_over_ = false;
};

}  // namespace keyledger
