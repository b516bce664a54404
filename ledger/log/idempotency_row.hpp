#pragma once
// What a repeated request is answered from: the value of an `idempotency` row.

#include "ledger/base/bytes.hpp"
#include "ledger/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

// The row's key is the slot (Idempotency in ledger/rules/event.hpp), 32 bytes.
struct IdempotencyRow {
    Timestamp time{};             // of the request's first event
    Digest request{};             // of its body
    std::uint64_t first_seq = 0;  // its events: first_seq, first_seq + 1, ...
    std::uint32_t count = 0;
    friend bool operator==(const IdempotencyRow&, const IdempotencyRow&) = default;
};

// time in milliseconds i64be, request, first_seq u64be, count u32be.
std::string encode(const IdempotencyRow& row);
std::optional<IdempotencyRow> decode_idempotency_row(std::string_view value);

}  // namespace keyledger
