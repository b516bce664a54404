#pragma once
// Who could use what, and since when: from the rows of access_rows.hpp, not from the whole history.

#include "projections/access_rows.hpp"
#include "projections/history.hpp"
#include "projections/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyledger {

struct AccessQuestion {
    std::vector<std::string> workspaces;  // slugs, each once
    std::optional<std::string> scope;     // nothing: whatever is granted
    std::optional<Resource> resource;     // nothing: whichever a key is bound to
    std::uint64_t as_of = 0;              // after this event,
    Timestamp at{};                       // at this time
};

// One key by one of the scopes that it holds. Where several cover the scope that was asked for, it
// is the one that says most exactly so.
struct AccessItem {
    KeyId key;
    std::string owner;  // as of then; empty if it had none, or it was erased
    std::string scope;  // as the key holds it; empty where it has none, and may do all
    // The last event by which it came to be able to. What time alone does (a key that begins or
    // ends at a moment) is counted to the event that said so.
    std::uint64_t since_seq = 0;
    Timestamp since{};  // that event's time,
    Actor actor;        // and who caused it
};

// Walks the rows of a question. Lives on one thread; reads the disk, or its cache.
class AccessSearch {
public:
    // Begins behind `cursor`, which an earlier search of the same question gave; empty: at the
    // start.
    AccessSearch(const History& history, const Tables& tables, AccessQuestion question,
                 std::string cursor);

    // How much to look at: rows, and events of the keys that they speak of, where a key has changed
    // since it was made. The last key's are all read.
    struct Budget {
        std::size_t rows;
        std::size_t events;
    };
    // Looks at about so much, and gives what it found there, at most `limit`.
    std::vector<AccessItem> step(Budget budget, std::size_t limit);
    bool at_end() const { return range_ == ranges_.size(); }
    // Where the next search goes on: bytes, at most access_cursor_bytes_max.
    const std::string& cursor() const { return cursor_; }

private:
    struct Candidate {
        std::string group;  // the row key without its seq
        bool granted = false;
    };

    void add_ranges(const std::string& slug);
    // Fills `candidates` from the range at hand; true if there is more of it.
    bool gather(std::size_t rows_max, std::vector<Candidate>& candidates) const;
    std::optional<AccessItem> judged(const AccessRowKey& row);
    std::optional<AccessItem> item_of(const AccessRowKey& row, const KeyState& state,
                                      std::uint64_t since);
    std::optional<std::uint64_t> since(const AccessRowKey& row, std::string_view scope,
                                       KeyState& state);
    bool is_able(const KeyState& key, std::string_view scope, EmptyScopes empty,
                 Timestamp at) const;
    EmptyScopes empty_scopes(std::string_view slug, std::uint64_t seq);

    const History& history_;
    const Tables& tables_;
    AccessQuestion question_;
    std::vector<std::pair<std::string, std::string>> ranges_;  // ascending, apart
    std::size_t range_ = 0;
    std::string cursor_;
    std::size_t events_read_ = 0;  // in this step
    // By slug: from which event on an empty list means what.
    std::map<std::string, std::vector<std::pair<std::uint64_t, EmptyScopes>>, std::less<>>
        meanings_;
};

}  // namespace keyledger
