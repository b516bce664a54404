#include "ledger/rules/outcome.hpp"

#include <cstdlib>

namespace keyledger {

std::string_view to_text(Outcome outcome) {
    switch (outcome) {
        case Outcome::valid:
            return "valid";
        case Outcome::malformed:
            return "malformed";
        case Outcome::unknown:
            return "unknown";
        case Outcome::revoked:
            return "revoked";
        case Outcome::suspended:
            return "suspended";
        case Outcome::pending:
            return "pending";
        case Outcome::expired:
            return "expired";
        case Outcome::wrong_workspace:
            return "wrong_workspace";
        case Outcome::wrong_environment:
            return "wrong_environment";
        case Outcome::ip_not_allowed:
            return "ip_not_allowed";
        case Outcome::wrong_resource:
            return "wrong_resource";
        case Outcome::insufficient_scope:
            return "insufficient_scope";
        case Outcome::rate_limited:
            return "rate_limited";
        case Outcome::quota_exceeded:
            return "quota_exceeded";
        case Outcome::missing:
            return "missing";
    }
    std::abort();
}

std::optional<Outcome> parse_outcome(std::string_view text) {
    for (std::size_t number = 0; number < outcomes_count; ++number) {
        const auto outcome = static_cast<Outcome>(number);
        if (to_text(outcome) == text) return outcome;
    }
    return std::nullopt;
}

int status_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::valid:
            return 200;
        case Outcome::missing:
        case Outcome::malformed:
        case Outcome::unknown:
        case Outcome::revoked:
        case Outcome::suspended:
        case Outcome::pending:
        case Outcome::expired:
        case Outcome::wrong_workspace:
            return 401;
        case Outcome::wrong_environment:
        case Outcome::ip_not_allowed:
        case Outcome::wrong_resource:
        case Outcome::insufficient_scope:
            return 403;
        case Outcome::rate_limited:
        case Outcome::quota_exceeded:
            return 429;
    }
    std::abort();
}

}  // namespace keyledger
