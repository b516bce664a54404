#include "ledger/rules/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace keyledger {

namespace {

constexpr unsigned mapped_bits = 96;
constexpr std::size_t mapped_bytes = mapped_bits / 8;
constexpr unsigned address_bits = 128;
constexpr unsigned address_bits_v4 = 32;
constexpr std::array<std::uint8_t, mapped_bytes> mapped_prefix{0, 0, 0, 0, 0,    0,
                                                               0, 0, 0, 0, 0xff, 0xff};

bool is_v4(const Address& address) {
    return std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.bytes.begin());
}

bool is_v4(const AddressRange& range) {
    return range.prefix_bits >= mapped_bits && is_v4(range.base);
}

// `address` with all but its first `bits` bits cleared.
Address masked(const Address& address, unsigned bits) {
    Address result;
    const std::size_t whole = bits / 8;
    std::copy_n(address.bytes.begin(), whole, result.bytes.begin());
    if (bits % 8 != 0) {
        const unsigned mask = 0xff00U >> bits % 8;
        result.bytes[whole] = static_cast<std::uint8_t>(address.bytes[whole] & mask);
    }
    return result;
}

void append_number(std::string& out, unsigned number, int base) {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
    out.append(digits.data(), end);
}

std::string v4_text(const Address& address) {
    std::string text;
    for (std::size_t i = mapped_bytes; i < address.bytes.size(); ++i) {
        if (i > mapped_bytes) text.push_back('.');
        append_number(text, address.bytes[i], 10);
    }
    return text;
}

using Groups = std::array<unsigned, 8>;

Groups groups_of(const Address& address) {
    Groups groups;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        groups[i] = static_cast<unsigned>(address.bytes[2 * i] << 8 | address.bytes[2 * i + 1]);
    }
    return groups;
}

struct Run {
    std::size_t begin = 0, length = 0;
};

// What `::` stands for: the longest run of zeros, the first of equals, and never one group alone
// (RFC 5952, 4.2).
Run longest_zeros(const Groups& groups) {
    Run longest, current;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        current = groups[i] == 0 ? Run{i - current.length, current.length + 1} : Run{};
        if (current.length > longest.length) longest = current;
    }
    return longest.length > 1 ? longest : Run{};
}

std::string v6_text(const Address& address) {
    const Groups groups = groups_of(address);
    const Run zeros = longest_zeros(groups);
    std::string text;
    for (std::size_t i = 0; i < groups.size();) {
        if (zeros.length > 0 && i == zeros.begin) {
            text.append("::");
            i += zeros.length;
            continue;
        }
        if (!text.empty() && text.back() != ':') text.push_back(':');
        append_number(text, groups[i], 16);
        ++i;
    }
    return text;
}

// One to three digits, without leading zeros.
std::optional<unsigned> parse_prefix_bits(std::string_view text) {
    if (text.empty() || text.size() > 3 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
    unsigned bits = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, bits);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return bits;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
    // The C library reads both forms strictly, but wants a terminated string.
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != text.npos) return std::nullopt;
    std::copy(text.begin(), text.end(), terminated.begin());

    Address address;
    if (text.find(':') != text.npos) {
        if (inet_pton(AF_INET6, terminated.data(), address.bytes.data()) != 1) return std::nullopt;
        return address;
    }
    std::copy(mapped_prefix.begin(), mapped_prefix.end(), address.bytes.begin());
    if (inet_pton(AF_INET, terminated.data(), address.bytes.data() + mapped_bytes) != 1) {
        return std::nullopt;
    }
    return address;
}

std::string to_text(const Address& address) {
    return is_v4(address) ? v4_text(address) : v6_text(address);
}

std::optional<AddressRange> parse_range(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view base_text = text.substr(0, slash);
    const auto base = parse_address(base_text);
    if (!base) return std::nullopt;
    if (slash == text.npos) return AddressRange{.base = *base};

    auto bits = parse_prefix_bits(text.substr(slash + 1));
    if (!bits) return std::nullopt;
    // How it is spelled says what is counted: "::ffff:192.0.2.0/120" is "192.0.2.0/24".
    const bool spelled_v6 = base_text.find(':') != base_text.npos;
    if (*bits > (spelled_v6 ? address_bits : address_bits_v4)) return std::nullopt;
    if (!spelled_v6) *bits += mapped_bits;
    if (masked(*base, *bits) != *base) return std::nullopt;
    return AddressRange{.base = *base, .prefix_bits = static_cast<std::uint8_t>(*bits)};
}

std::string to_text(const AddressRange& range) {
    std::string text = to_text(range.base);
    if (range.prefix_bits == address_bits) return text;
    text.push_back('/');
    append_number(text, is_v4(range) ? range.prefix_bits - mapped_bits : range.prefix_bits, 10);
    return text;
}

bool contains(const AddressRange& range, const Address& address) {
    assert(range.prefix_bits <= address_bits);
    return is_v4(range) == is_v4(address) && masked(address, range.prefix_bits) == range.base;
}

bool contains(std::span<const AddressRange> ranges, const Address& address) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const AddressRange& range) { return contains(range, address); });
}

}  // namespace keyledger
