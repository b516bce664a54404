#pragma once
// Counts checks on the threads that answer them, until the ledger thread takes the counts.

#include "ledger/rules/event.hpp"
#include "ledger/rules/usage_detail.hpp"
#include "projections/tables.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::size_t use_rows_per_key_max = 16;
inline constexpr std::size_t use_rows_per_thread_max = 65'536;

// One check, as it is counted. The views last for the call.
struct CountedUse {
    const KeyEntry* key = nullptr;
    std::uint32_t secret_version = 0;
    Outcome outcome = Outcome::valid;
    std::string_view scope;     // comma-separated, as asked for
    std::string_view resource;  // "kind/id"; left out of denials
    const Address* address = nullptr;
    bool spends = false;  // its rate window counted it
    Timestamp time{};
};

// `count` on the thread that its number names, and on no other; `take` on the ledger thread. A
// thread's counts are behind a lock of its own, which it shares with `take` alone and for a few
// instructions.
class UseBatcher {
public:
    UseBatcher(std::size_t threads, UsageDetail detail);
    ~UseBatcher();
    UseBatcher(const UseBatcher&) = delete;
    UseBatcher& operator=(const UseBatcher&) = delete;

    void count(std::size_t thread, const CountedUse& use);

    // All that was counted since the last call: rows that look alike folded, at most
    // use_rows_per_key_max a key (the rest as scope "other"), without totals.
    std::vector<UseRow> take();

    UsageDetail detail() const { return detail_; }

private:
    struct Shard;
    std::vector<std::unique_ptr<Shard>> shards_;
    UsageDetail detail_;
};

}  // namespace keyledger
