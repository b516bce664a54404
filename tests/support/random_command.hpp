#pragma once
// Commands over a few workspaces and keys, drawn from a seed: many of them are refused.

#include "tests/support/given.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace keyledger {

// Draws against the ledger as it stands, and numbers new keys and tokens by itself: the token n has
// digest_of(n). Lives as long as the ledger.
class CommandDraw {
public:
    CommandDraw(const ModelLedger& ledger, std::uint64_t seed) : ledger_(ledger), engine_(seed) {}

    // From the system itself, a lesser administrator or a bound one; sometimes with If-Match or
    // force.
    Submission submission();
    // Stands still as often as not; else up to two hours.
    Duration pause();
    std::uint32_t tokens() const { return tokens_; }

private:
    std::size_t up_to(std::size_t most) { return draw<std::size_t>(engine_, 0, most); }
    bool coin() { return up_to(1) == 1; }
    bool seldom() { return up_to(9) == 0; }
    std::uint32_t number();
    std::string slug();
    KeyId key();
    Digest token();
    std::vector<std::string> scopes();
    KeySettings settings();
    std::optional<QuotaLimit> quota();
    CreateKey new_key();
    Command command();
    Command command_for_many();
    UseKey use();
    RecordUses flush();

    const ModelLedger& ledger_;
    std::mt19937_64 engine_;
    std::uint32_t tokens_ = 0;
    std::uint64_t flushes_ = 0;
};

}  // namespace keyledger
