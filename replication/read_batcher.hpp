#pragma once
// Who read the history, until the ledger thread states it. A reader must not feed itself: what it
// reads again and again is one event at first, and one more an hour that counts the rest.

#include "ledger/rules/event.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace keyledger {

// Reads of one actor that are kept apart for an hour. Those beyond are folded by route and address,
// with the filter "other" in place of what was asked for. Nobody's reads fold another's.
inline constexpr std::size_t folded_reads_max = 10'000;
inline constexpr Duration reads_folded_for = std::chrono::hours(1);

// All that one actor has read.
struct ActorReads {
    Actor actor;
    std::vector<HistoryRead> reads;
};

// Any thread.
class ReadBatcher {
public:
    // One request, or one stream that was opened: `read.count` and its times are filled in here.
    void note(const Actor& actor, HistoryRead read, Timestamp now);

    // What is to be stated at `now`: what was read for the first time in this hour, and what was
    // read again in one that is over.
    std::vector<ActorReads> take(Timestamp now);
    // All that is left, for a stop.
    std::vector<ActorReads> take_all();

private:
    using Fold = std::tuple<KeyId, std::string, std::string, KeyId, std::string, std::string>;
    struct Folded {
        std::int64_t hour = 0;     // window_index of its first read
        std::uint64_t stated = 0;  // how often it was taken in that hour
        HistoryRead read;          // not stated yet; nothing if its count is 0
    };

    static Fold fold_of(const Actor& actor, const HistoryRead& read);
    std::vector<ActorReads> taken(Timestamp now, bool all);

    std::mutex mutex_;
    std::map<Fold, Folded> folds_;           // by actor first
    std::map<KeyId, std::size_t> folds_of_;  // how many of them are an actor's
    bool has_new_ = false;                   // there is one that was not stated in its hour
    std::int64_t looked_at_ = 0;             // the hour of the last look at all of them
};

}  // namespace keyledger
