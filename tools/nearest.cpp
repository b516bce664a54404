#include "tools/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace keyledger {

namespace {

constexpr std::size_t slips_max = 2;
constexpr std::size_t word_bytes_max = 64;

// The Levenshtein distance, a row of its table at a time.
std::size_t slips_between(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string> known,
                         std::string_view dashes) {
    if (word.size() > word_bytes_max) return {};
    const std::string* nearest = nullptr;
    // A short word is not two slips from everything.
    std::size_t fewest = std::min(slips_max, word.size() / 2) + 1;
    for (const std::string& candidate : known) {
        const std::size_t slips = slips_between(word, candidate);
        if (slips >= fewest) continue;
        fewest = slips;
        nearest = &candidate;
    }
    if (!nearest) return {};
    return "; did you mean " + std::string(dashes) + *nearest + "?";
}

}  // namespace keyledger
