#pragma once
// The chains that make a key's history provably whole: each event names the one before it in its
// stream, each row of uses the key's event before it and how often the key was checked so far.

#include "ledger/rules/event.hpp"
#include "ledger/stored/leaf_links.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace keyledger {

// Where a key's history has come to.
struct KeyHead {
    std::uint64_t revision = 0;  // of its newest life-cycle event
    std::uint64_t last_seq = 0;  // its newest event of any kind
    std::uint64_t prev_seq = 0;  // the one before that
    std::uint64_t total = 0;     // checks of it that were counted
    Digest leaf{};               // of the newest life-cycle event
    friend bool operator==(const KeyHead&, const KeyHead&) = default;
};

// Grows by the events of a ledger, from its first on. Lives on one thread.
class Chains {
public:
    // Takes the next event in; or says why it can't be that, and is then of no use. The text stands
    // for ever.
    const char* add(const LeafLinks& links, const Digest& leaf);

    using Keys = std::unordered_map<KeyId, KeyHead, KeyIdHash>;
    const Keys& keys() const { return keys_; }
    std::uint64_t next_seq() const { return next_seq_; }

private:
    struct Head {
        std::uint64_t revision = 0;
        Digest leaf{};
    };

    const char* add_to_key(const LeafLinks& links, const Digest& leaf);
    const char* add_use(std::uint64_t seq, const UseLink& use);

    std::uint64_t next_seq_ = 0;
    Timestamp time_{};
    std::array<Head, 4> streams_;  // by StreamKind; a key's are in keys_
    Keys keys_;
};

}  // namespace keyledger
