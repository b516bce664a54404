#pragma once
// Whether the heads that a ledger seals are those of its own events: without it, what a seal says
// would be the log's word alone.

#include "projections/stream_heads.hpp"

#include <cstdint>
#include <deque>
#include <map>

namespace keyledger {

// Takes in all events of a ledger, in order. Lives on one thread.
class SealCheck {
public:
    // Says what is wrong with the seal that the event is, or null. The text stands for ever.
    const char* add(const LeafLinks& links);

private:
    // What an event says of a key.
    struct Step {
        std::uint64_t seq = 0;
        KeyId key;
        std::uint64_t number = 0;  // of its life: the revision; of its uses: the total
        bool is_use = false;
    };
    void note(const Step& step);
    void take_in(const Step& step);
    const char* compare(const LeafLinks& links);

    // A seal is of an event somewhat before its own: what came since is kept apart.
    std::deque<Step> steps_;
    std::uint64_t taken_in_ = 0;  // the first seq whose steps may not be in `changed_`
    std::map<KeyId, StreamTip> changed_;
    StreamHeads heads_;
};

}  // namespace keyledger
