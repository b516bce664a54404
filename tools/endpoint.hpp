#pragma once
// Where a listener waits: an internet address with a port, or a unix socket.

#include "ledger/rules/address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

// What the kernel keeps of a unix socket's path, without the zero behind it.
inline constexpr std::size_t unix_path_bytes_max = 107;

struct Endpoint {
    std::string unix_path;  // empty: the address counts
    Address address;
    std::uint16_t port = 0;  // 0: the kernel picks one
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "127.0.0.1:8470", "[::1]:8470", "localhost:0" (the same as 127.0.0.1:0),
// "unix:/run/keyledger.sock". Names other than localhost are refused: what they mean may change
// while the program runs.
std::optional<Endpoint> parse_endpoint(std::string_view text);
std::string to_text(const Endpoint& endpoint);

// True if only this machine can reach it: a unix socket, 127.0.0.0/8 or ::1.
bool is_local(const Endpoint& endpoint);

}  // namespace keyledger
