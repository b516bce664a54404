#pragma once
// Internet addresses and ranges of them. IPv4 stands as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2).

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyledger {

struct Address {
    std::array<std::uint8_t, 16> bytes{};
    friend bool operator==(const Address&, const Address&) = default;
};

// "192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7" (the same as the first). No zone, no port, no
// brackets, no leading zeros in IPv4.
std::optional<Address> parse_address(std::string_view text);

// IPv4 where it is one; IPv6 as RFC 5952 writes it.
std::string to_text(const Address& address);

struct AddressRange {
    Address base;
    std::uint8_t prefix_bits = 128;  // of the 128; an IPv4 /24 is 120
    friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

// "192.0.2.0/24", "2001:db8::/32", or an address alone. Bits set beyond the prefix are refused,
// since they are most often a slip. An IPv4 range never holds an IPv6 address, nor the other way
// round: `::/0` is all of IPv6 alone.
std::optional<AddressRange> parse_range(std::string_view text);
// As it is read; one that holds a single address is written as that address.
std::string to_text(const AddressRange& range);
bool contains(const AddressRange& range, const Address& address);
bool contains(std::span<const AddressRange> ranges, const Address& address);

}  // namespace keyledger
