#pragma once
// The rows that an event is found by, written in the same batch, and those of uses, which are
// written later (use_tail.hpp). All of them follow from the events alone, so that they can be made
// again from the log.

#include "ledger/log/event_log.hpp"
#include "ledger/rules/event.hpp"
#include "ledger/rules/key_state.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

//   streams      key id, revision:u64be  ->  seq:u64be           a key's life-cycle events
//   history      key id, seq:u64be       ->  "L" or "U"          those, and its uses
//   idempotency  slot                    ->  idempotency_row.hpp
//   usage        usage_counts.hpp
//   meta         "log_key"               ->  verifier key         the newest that was stated
//   access       access_rows.hpp
//
// All rows of the event but those of the uses that it tells of. `before` is the key whose stream
// the event belongs to, as it stood; null if the event makes it, or is of no key's stream.
void append_index_rows(std::vector<Row>& rows, const Event& event, const KeyState* before);

inline constexpr std::string_view log_key_row = "log_key";

std::string stream_row_key(const KeyId& key, std::uint64_t revision);
std::string history_row_key(const KeyId& key, std::uint64_t seq);

// The families that hold nothing else.
inline constexpr Family derived_families[] = {Family::streams, Family::history, Family::idempotency,
                                              Family::usage,   Family::tree,    Family::access};

}  // namespace keyledger
