#pragma once
// Lists in pages: `limit`, `cursor`, `nextCursor`.

#include "http/query.hpp"
#include "ledger/base/json_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace keyledger {

inline constexpr std::uint64_t page_limit_default = 100;
inline constexpr std::uint64_t page_limit_max = 1000;

struct Page {
    std::size_t limit = page_limit_default;
    std::uint64_t position = 0;  // where it begins
};

// Reads `limit` and `cursor`; a fault is noted in the query.
Page read_page(QueryReader& query, std::uint64_t limit_default = page_limit_default,
               std::uint64_t limit_max = page_limit_max);

// The member `nextCursor`: opaque to clients, null at the end.
void write_next_cursor(JsonWriter& writer, const std::optional<std::uint64_t>& position);

}  // namespace keyledger
