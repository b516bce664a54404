#pragma once
// One request's header, from its bytes to its parts. The home of Beast.

#include "http/message.hpp"
#include "http/service.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace keyledger {

// Request line, fields and the empty line behind them.
inline constexpr std::size_t header_bytes_max = 16 * 1024;
inline constexpr std::size_t header_fields_max = 100;
inline constexpr std::size_t target_bytes_max = 8 * 1024;

// What the fields say about where the message ends, and what it wants.
struct Framing {
    std::optional<std::uint64_t> content_length;
    std::uint8_t hosts = 0;
    bool http_1_0 = false;
    bool chunked = false;
    bool continue_expected = false;
    bool connection_close = false;
    bool connection_keep_alive = false;
};

struct HeaderParts {
    std::array<Header, header_fields_max> fields;  // the first field_count of them
    std::size_t field_count = 0;
    Framing framing;
};

// Parses a whole header: `bytes` is at most header_bytes_max long, ends in its first empty line,
// and has no folded line. Sets the request's method, target, path, query and headers, all of them
// views into `bytes` and `parts`. With a fault, both hold what had been understood. `parts` is as
// new.
std::optional<TransportFault> parse_header(std::string_view bytes, Request& request,
                                           HeaderParts& parts);

}  // namespace keyledger
