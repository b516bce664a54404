#pragma once
// How many columns a text takes on a terminal.

#include <cstddef>
#include <string>
#include <string_view>

namespace keyledger {

// Of UTF-8 without control characters: what combines with the character before it takes none, wide
// characters of East Asia and emoji take two.
std::size_t text_width(std::string_view text);

// The longest beginning that takes at most `columns`, "…" included where something was cut.
std::string cut_to_width(std::string_view text, std::size_t columns);

}  // namespace keyledger
