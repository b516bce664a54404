// Whatever text comes, each parser refuses it or reads it; and what it read is written as a text
// that reads the same. Run by libFuzzer.

#include "ledger/base/base62.hpp"
#include "ledger/base/bytes.hpp"
#include "ledger/base/crc.hpp"
#include "ledger/base/time.hpp"
#include "ledger/rules/address.hpp"
#include "ledger/rules/identifiers.hpp"
#include "ledger/rules/scope.hpp"
#include "ledger/rules/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace keyledger {

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

// Written by `write`, what `text` was read as is read as the same value, and written the same
// again.
template <class Parse, class Write>
void check_round_trip(std::string_view text, Parse parse, Write write) {
    const auto value = parse(text);
    if (!value) return;
    const std::string written = write(*value);
    const auto again = parse(written);
    require(again.has_value());
    require(*again == *value);
    require(write(*again) == written);
}

template <class Value>
std::string write_text(const Value& value) {
    return to_text(value);
}

void check_time(std::string_view text) {
    check_round_trip(text, parse_rfc3339, to_rfc3339);
    check_round_trip(text, parse_duration, write_text<Duration>);
    if (const auto duration = parse_duration(text)) {
        require(*duration >= Duration{});
        require(*duration <= duration_max);
    }
}

void check_addresses(std::string_view text) {
    check_round_trip(text, parse_address, write_text<Address>);
    check_round_trip(text, parse_range, write_text<AddressRange>);
    if (const auto range = parse_range(text)) {
        require(range->prefix_bits <= 128);
        require(contains(*range, range->base));
    }
    if (const auto address = parse_address(text)) {
        const auto range = parse_range(text);
        require(range && range->base == *address && range->prefix_bits == 128);
    }
}

void check_names(std::string_view text) {
    check_round_trip(text, parse_key_id, write_text<KeyId>);
    if (is_tag(text)) require(is_name(text) && is_slug(text) && is_base62(text));
    if (is_scope(text)) {
        require(text.size() <= scope_bytes_max);
        require(covers(text, text) && covers("*", text));
        require(is_utf8(text));
    }
}

void check_token(std::string_view text) {
    const auto parts = inspect_token(text);
    if (!parts) return;
    require(is_tag(parts->prefix) && is_tag(parts->tag));
    require(is_base62(parts->hint) && parts->hint.size() == hint_characters);
    const std::string front = std::string(parts->prefix).append("_").append(parts->tag) + "_" +
                              std::string(parts->hint) + "_";
    require(text.starts_with(front));
    require(text.size() == front.size() + random_characters + checksum_characters);
    std::string damaged(text);
    damaged.back() = damaged.back() == '0' ? '1' : '0';
    require(!inspect_token(damaged));
}

// Any bytes are written as text that reads as them; text that is read is the one way to write them.
void check_bytes(std::string_view text) {
    require(from_hex(to_hex(text)) == text);
    require(from_base64(to_base64(text)) == text);
    require(from_base64url(to_base64url(text)) == text);
    check_round_trip(text, from_hex, to_hex);
    if (const auto bytes = from_base64(text)) require(to_base64(*bytes) == text);
    if (const auto bytes = from_base64url(text)) require(to_base64url(*bytes) == text);
}

// A text is UTF-8 just if both sides of any cut between characters are.
void check_utf8(std::string_view text) {
    const bool whole = is_utf8(text);
    require(is_utf8("ascii " + std::string(text)) == whole);
    require(is_utf8(std::string(text) + " ascii") == whole);
    require(is_utf8(std::string(text).append(text)) == whole);
    for (std::size_t cut = 0; cut < text.size() && cut < 64; ++cut) {
        const bool inside = (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80;
        if (inside) continue;
        require((is_utf8(text.substr(0, cut)) && is_utf8(text.substr(cut))) == whole);
    }
}

}  // namespace

}  // namespace keyledger

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace keyledger;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_time(text);
    check_addresses(text);
    check_names(text);
    check_token(text);
    // Chance does not find a checksum.
    check_token(std::string(text) + base62_of_u32(crc32(text)));
    check_bytes(text);
    check_utf8(text);
    return 0;
}
