#pragma once
// What a check of a credential can come to.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace keyledger {

// Stored in usage rows by number: append only. The order of judging is in judge.hpp.
enum class Outcome : std::uint8_t {
    valid,
    malformed,
    unknown,
    revoked,
    suspended,
    pending,
    expired,
    wrong_workspace,
    wrong_environment,
    ip_not_allowed,
    wrong_resource,
    insufficient_scope,
    rate_limited,
    quota_exceeded,
    missing,  // no credential at all
};
inline constexpr std::size_t outcomes_count = 15;

std::string_view to_text(Outcome outcome);
std::optional<Outcome> parse_outcome(std::string_view text);

// The status that a gateway is told: 200, 401, 403 or 429.
int status_of(Outcome outcome);

}  // namespace keyledger
