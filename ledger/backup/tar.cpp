#include "ledger/backup/tar.hpp"

#include <algorithm>
#include <cassert>

namespace keyledger {
namespace {

struct Field {
    std::size_t at, bytes;
};

// POSIX.1-2017, pax, "ustar Interchange Format".
constexpr Field name_field{0, 100}, mode_field{100, 8}, owner_field{108, 8}, group_field{116, 8},
    size_field{124, 12}, time_field{136, 12}, checksum_field{148, 8}, magic_field{257, 8};
constexpr std::size_t type_at = 156;
constexpr char regular_file = '0';
constexpr std::string_view magic{"ustar\00000", 8};  // with its version
constexpr std::uint64_t file_mode = 0600;

void put(std::string& block, Field field, std::string_view text) {
    assert(text.size() <= field.bytes);
    std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(field.at));
}

std::string octal(std::uint64_t number, std::size_t digits) {
    std::string text(digits, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, number /= 8)
        *digit = static_cast<char>('0' + number % 8);
    assert(number == 0);
    return text;
}

void put_number(std::string& block, Field field, std::uint64_t number) {
    put(block, field, octal(number, field.bytes - 1));  // a NUL follows
}

// Of all bytes, with blanks where the sum itself will stand.
std::uint64_t checksum(const std::string& block) {
    std::uint64_t sum = 0;
    for (const char byte : block) sum += static_cast<unsigned char>(byte);
    return sum;
}

std::optional<std::uint64_t> number_in(std::string_view digits) {
    std::uint64_t number = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '7') return {};
        number = number * 8 + static_cast<std::uint64_t>(digit - '0');
    }
    return number;
}

}  // namespace

std::string tar_header(const TarEntry& entry) {
    assert(!entry.name.empty() && entry.name.find('\0') == std::string::npos);
    std::string block(tar_block_bytes, '\0');
    put(block, name_field, entry.name);
    put_number(block, mode_field, file_mode);
    put_number(block, owner_field, 0);
    put_number(block, group_field, 0);
    put_number(block, size_field, entry.bytes);
    put_number(block, time_field, 0);
    block[type_at] = regular_file;
    put(block, magic_field, magic);
    put(block, checksum_field, std::string(checksum_field.bytes, ' '));
    put(block, checksum_field, octal(checksum(block), 6) + '\0');
    return block;
}

std::optional<TarEntry> parse_tar_header(std::string_view block) {
    if (block.size() != tar_block_bytes) return {};
    const std::string_view name = block.substr(name_field.at, name_field.bytes);
    const auto bytes = number_in(block.substr(size_field.at, size_field.bytes - 1));
    TarEntry entry{std::string(name.substr(0, name.find('\0'))), bytes.value_or(0)};
    if (entry.name.empty() || !bytes || tar_header(entry) != block) return {};
    return entry;
}

std::size_t tar_padding(std::uint64_t bytes) {
    return static_cast<std::size_t>((tar_block_bytes - bytes % tar_block_bytes) % tar_block_bytes);
}

}  // namespace keyledger
