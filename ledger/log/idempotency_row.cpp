#include "ledger/log/idempotency_row.hpp"

#include <cstddef>

namespace keyledger {

namespace {

constexpr std::size_t request_at = 8;
constexpr std::size_t first_seq_at = request_at + 32;
constexpr std::size_t count_at = first_seq_at + 8;
constexpr std::size_t row_bytes = count_at + 4;

}  // namespace

std::string encode(const IdempotencyRow& row) {
    std::string value;
    value.reserve(row_bytes);
    append_u64(value, static_cast<std::uint64_t>(row.time.time_since_epoch().count()));
    value.append(view_of(row.request));
    append_u64(value, row.first_seq);
    append_u32(value, row.count);
    return value;
}

std::optional<IdempotencyRow> decode_idempotency_row(std::string_view value) {
    if (value.size() != row_bytes) return std::nullopt;
    IdempotencyRow row;
    row.time = Timestamp(Duration(static_cast<std::int64_t>(load_u64(value))));
    row.request = *digest_from_bytes(value.substr(request_at, 32));
    row.first_seq = load_u64(value.substr(first_seq_at));
    row.count = load_u32(value.substr(count_at));
    return row;
}

}  // namespace keyledger
