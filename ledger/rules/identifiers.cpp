#include "ledger/rules/identifiers.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace keyledger {

namespace {

constexpr std::string_view key_id_prefix = "key_";
constexpr std::size_t base32_characters = 26;
constexpr std::string_view base32_alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static_assert(base32_alphabet.size() == 32);
constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> base32_digits = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_digit);
    for (std::size_t i = 0; i < base32_alphabet.size(); ++i) {
        const auto upper = static_cast<std::uint8_t>(base32_alphabet[i]);
        const bool is_letter = i >= 10;
        table[upper] = static_cast<std::uint8_t>(i);
        if (is_letter) table[upper | 0x20U] = static_cast<std::uint8_t>(i);
    }
    return table;
}();

// A UUID as two numbers, the first byte the most significant.
struct Halves {
    std::uint64_t high = 0, low = 0;
};

std::uint64_t load(const std::uint8_t* bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
    return value;
}

void store(std::uint8_t* bytes, std::uint64_t value) {
    for (int i = 8; i-- > 0; value >>= 8) bytes[i] = static_cast<std::uint8_t>(value & 0xff);
}

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}
bool is_lower(char character) {
    return character >= 'a' && character <= 'z';
}
bool is_upper(char character) {
    return character >= 'A' && character <= 'Z';
}

template <class Allowed>
bool is_word(std::string_view text, std::size_t characters_max, Allowed allowed) {
    return !text.empty() && text.size() <= characters_max &&
           std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

Uuid mint_uuid7(Timestamp now, Random& random) {
    const std::int64_t milliseconds = now.time_since_epoch().count();
    assert(milliseconds >= 0);
    assert(milliseconds < std::int64_t{1} << 48);
    Uuid uuid;
    store(uuid.data(), static_cast<std::uint64_t>(milliseconds) << 16);
    random.fill(std::span(uuid).subspan(6));
    uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x70);
    uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
    return uuid;
}

std::string to_text(const Uuid& uuid) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
        text.push_back(digits[uuid[i] >> 4]);
        text.push_back(digits[uuid[i] & 0xf]);
    }
    return text;
}

std::string to_text(const KeyId& id) {
    std::string text;
    append_text(text, id);
    return text;
}

void append_text(std::string& out, const KeyId& id) {
    Halves rest{load(id.uuid.data()), load(id.uuid.data() + 8)};
    std::array<char, key_id_prefix.size() + base32_characters> text;
    std::copy(key_id_prefix.begin(), key_id_prefix.end(), text.begin());
    for (std::size_t place = text.size(); place-- > key_id_prefix.size();) {
        text[place] = base32_alphabet[rest.low & 0x1f];
        rest.low = rest.low >> 5 | rest.high << 59;
        rest.high >>= 5;
    }
    out.append(text.data(), text.size());
}

std::optional<KeyId> parse_key_id(std::string_view text) {
    if (!text.starts_with(key_id_prefix)) return std::nullopt;
    text.remove_prefix(key_id_prefix.size());
    if (text.size() != base32_characters || text[0] > '7') return std::nullopt;
    Halves read;
    for (const char character : text) {
        const std::uint8_t digit = base32_digits[static_cast<std::uint8_t>(character)];
        if (digit == no_digit) return std::nullopt;
        read.high = read.high << 5 | read.low >> 59;
        read.low = read.low << 5 | digit;
    }
    KeyId id;
    store(id.uuid.data(), read.high);
    store(id.uuid.data() + 8, read.low);
    return id;
}

std::size_t KeyIdHash::operator()(const KeyId& id) const noexcept {
    std::size_t hash;
    static_assert(sizeof hash == 8);
    std::memcpy(&hash, id.uuid.data() + 8, sizeof hash);
    return hash;
}

bool is_slug(std::string_view text) {
    const auto allowed = [](char character) {
        return is_lower(character) || is_digit(character) || character == '-';
    };
    return is_word(text, 64, allowed) && text.front() != '-' && text.back() != '-';
}

bool is_tag(std::string_view text) {
    return is_word(text, 16,
                   [](char character) { return is_lower(character) || is_digit(character); });
}

bool is_name(std::string_view text) {
    return is_word(text, 64, [](char character) {
        return is_lower(character) || is_upper(character) || is_digit(character) ||
               character == '.' || character == '_' || character == '-';
    });
}

}  // namespace keyledger
