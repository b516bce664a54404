#include "tools/terminal/text_width.hpp"

#include <algorithm>
#include <iterator>

namespace keyledger {

namespace {

struct Range {
    char32_t first, last;
};

// The blocks that matter (Unicode 15), not every single character.
constexpr Range no_width[] = {
    {0x0300, 0x036f},  {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f}, {0x0900, 0x0902},
    {0x093c, 0x093c},  {0x0941, 0x0948}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},
    {0x1ab0, 0x1aff},  {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064},
    {0x20d0, 0x20ff},  {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0x1f3fb, 0x1f3ff},
    {0xe0100, 0xe01ef}};
constexpr Range two_wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x26a1, 0x26a1},   {0x2705, 0x2705},   {0x274c, 0x274c},
    {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
    {0xa000, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f3fa},
    {0x1f400, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

template <std::size_t count>
bool is_in(const Range (&ranges)[count], char32_t character) {
    return std::any_of(std::begin(ranges), std::end(ranges), [character](const Range& range) {
        return character >= range.first && character <= range.last;
    });
}

struct Character {
    char32_t code;
    std::size_t bytes;
};

// The first of a text that is not empty. A byte that begins none stands for itself.
Character first_of(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (bytes == 1 || lead < 0xc0 || text.size() < bytes) return {lead, 1};
    char32_t code = lead & (0x7fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3fu);
    }
    return {code, bytes};
}

std::size_t width_of(char32_t character) {
    if (is_in(no_width, character)) return 0;
    return is_in(two_wide, character) ? 2 : 1;
}

}  // namespace

std::size_t text_width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const Character character = first_of(text);
        columns += width_of(character.code);
        text.remove_prefix(character.bytes);
    }
    return columns;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
    if (text_width(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    std::size_t bytes = 0;
    std::size_t taken = 1;  // the sign that something was cut
    while (true) {
        const Character character = first_of(text.substr(bytes));
        taken += width_of(character.code);
        if (taken > columns) break;
        bytes += character.bytes;
    }
    return std::string(text.substr(0, bytes)) + "…";
}

}  // namespace keyledger
