#pragma once
// A log for tests of its tree.

#include "ledger/log/memory_log.hpp"
#include "ledger/log/tree_rows.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace keyledger {

// A log that grows by events of made-up bytes, with its tree, and the same leaves on the side.
struct GrowingLog {
    MemoryLog log;
    TreeWriter writer = *TreeWriter::open(log);
    std::vector<CompactRange> after;  // after[n]: the tree of the first n events, by itself

    GrowingLog() { after.emplace_back(); }

    void append(std::uint64_t count) {
        LogBatch batch;
        batch.first_seq = log.next_seq();
        for (std::uint64_t i = 0; i < count; ++i) {
            StoredEvent event{"event " + std::to_string(batch.first_seq + i), ""};
            const Digest leaf = leaf_hash(event.leaf);
            writer.append(leaf, batch.rows);
            after.push_back(after.back());
            after.back().append(leaf);
            batch.events.push_back(std::move(event));
        }
        batch.rows.push_back(writer.range_row());
        REQUIRE_FALSE(log.append(batch));
    }
};

}  // namespace keyledger
