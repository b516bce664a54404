#pragma once
// Stored events for tests of the log: the same for the same seq, wherever they are made.

#include "ledger/log/event_log.hpp"
#include "tests/support/randomness.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace keyledger {

// Events of an odd seq have personal values, of about `bytes`.
inline StoredEvent stored_event(std::uint64_t seq, std::size_t bytes = 40) {
    Event event;
    event.envelope.seq = seq;
    event.envelope.time = Timestamp(Duration(static_cast<std::int64_t>(1'000'000 + seq)));
    event.envelope.request_id = "request " + std::to_string(seq) + std::string(bytes, '.');
    if (seq % 2 == 1)
        event.envelope.reason = "reason " + std::to_string(seq) + std::string(bytes, '-');
    event.body = LedgerStopped{.node = 1, .boot = seq};
    SeededRandom salts(seq);
    return encode(event, salts);
}

// `count` events from `first_seq` on, each with a row in `streams` under its seq.
inline LogBatch batch_of(std::uint64_t first_seq, std::size_t count, std::size_t bytes = 40) {
    LogBatch batch;
    batch.first_seq = first_seq;
    for (std::uint64_t seq = first_seq; seq < first_seq + count; ++seq) {
        batch.events.push_back(stored_event(seq, bytes));
        std::string key;
        append_u64(key, seq);
        batch.rows.push_back({Family::streams, key, "row " + std::to_string(seq)});
    }
    return batch;
}

inline bool is_same(const StoredEvent& left, const StoredEvent& right) {
    return left.leaf == right.leaf && left.personal == right.personal;
}

}  // namespace keyledger
