#pragma once
// That the history was read, as an event will state it.

#include "http/authenticate.hpp"
#include "http/exchange.hpp"
#include "http/query.hpp"
#include "replication/read_batcher.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keyledger {

inline constexpr std::size_t read_filter_bytes_max = 1000;

// A read of `route` (as openapi.yaml has it) that could show the events from `from` to `until`.
struct HistoryView {
    std::string_view route;
    std::uint64_t from = 0, until = 0;
    KeyId of_key{};
    std::string_view of_workspace{};
    std::uint64_t events = 0;  // shown, as far as is known
};

// Notes it as read by the request's caller. The query's filters are stated too, but for those that
// move on from one page to the next, and the values of those that name a person or look as if a
// credential had been put in the wrong place.
void note_read(ReadBatcher& reads, const Exchange& exchange, const Caller& caller,
               const QueryReader& query, const HistoryView& view, Timestamp now);

}  // namespace keyledger
