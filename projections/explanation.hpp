#pragma once
// Why a check of a key came, or would come, to what it does: rule by rule, with the event behind
// each.

#include "ledger/rules/judge.hpp"
#include "projections/history.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keyledger {

enum class RuleResult : std::uint8_t {
    passed,
    failed,
    not_reached,  // an earlier rule has decided
    not_asked,    // the question, or what the ledger keeps, says nothing about it
};
std::string_view to_text(RuleResult result);

struct ExplainedRule {
    Outcome rule = Outcome::valid;
    RuleResult result = RuleResult::not_reached;
    std::string detail;  // what it was held to, in no language: a time, a list, a limit
    std::optional<std::uint64_t> event;  // the seq of the event that set it so
};

struct Explanation {
    std::uint32_t secret_version = 0;  // that it is by
    Outcome code = Outcome::valid;     // of the first rule that failed
    std::vector<ExplainedRule> rules;  // all, in the order in which they are asked
};

// `detail` of what a rate window would have said: windows are counted in memory alone.
inline constexpr std::string_view not_in_ledger = "not_in_ledger";

// The key as it stood after the event `as_of`, judged at `at`, which may lie after it: nothing is
// taken to have happened in between. By that version of its secret, or the newest. Nothing if the
// log can't be read, or the key has no such secret.
std::optional<Explanation> explain(const History& history, const PastKey& key, std::uint64_t as_of,
                                   Timestamp at, const Question& question,
                                   std::optional<std::uint32_t> secret_version = {});

}  // namespace keyledger
