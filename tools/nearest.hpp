#pragma once
// For messages: which of the known words was probably meant.

#include <span>
#include <string>
#include <string_view>

namespace keyledger {

// "; did you mean WORD?" with the known word that is at most two slips away from `word` (a letter
// too many, too few or wrong), or nothing if none is. `dashes` stands before the word.
std::string did_you_mean(std::string_view word, std::span<const std::string> known,
                         std::string_view dashes = {});

}  // namespace keyledger
