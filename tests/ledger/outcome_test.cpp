#include "ledger/rules/outcome.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace keyledger {

namespace {

struct Row {
    Outcome outcome;
    int number;  // as it is stored
    const char* text;
    int status;
};

// Names and statuses as the HTTP API publishes them.
const Row rows[] = {
    {Outcome::valid, 0, "valid", 200},
    {Outcome::malformed, 1, "malformed", 401},
    {Outcome::unknown, 2, "unknown", 401},
    {Outcome::revoked, 3, "revoked", 401},
    {Outcome::suspended, 4, "suspended", 401},
    {Outcome::pending, 5, "pending", 401},
    {Outcome::expired, 6, "expired", 401},
    {Outcome::wrong_workspace, 7, "wrong_workspace", 401},
    {Outcome::wrong_environment, 8, "wrong_environment", 403},
    {Outcome::ip_not_allowed, 9, "ip_not_allowed", 403},
    {Outcome::wrong_resource, 10, "wrong_resource", 403},
    {Outcome::insufficient_scope, 11, "insufficient_scope", 403},
    {Outcome::rate_limited, 12, "rate_limited", 429},
    {Outcome::quota_exceeded, 13, "quota_exceeded", 429},
    {Outcome::missing, 14, "missing", 401},
};

}  // namespace

TEST_CASE("every outcome has its stored number, its name and its status") {
    CHECK(std::size(rows) == outcomes_count);
    for (const Row& row : rows) {
        INFO(row.text);
        CHECK(static_cast<int>(row.outcome) == row.number);
        CHECK(to_text(row.outcome) == row.text);
        CHECK(status_of(row.outcome) == row.status);
        CHECK(parse_outcome(row.text) == row.outcome);
    }
}

TEST_CASE("a text that names no outcome is none") {
    const std::string_view text = GENERATE("", "Valid", "VALID", "valid ", " valid", "vali",
                                           "validd", "denied", "0", "allow");
    INFO(text);
    CHECK_FALSE(parse_outcome(text));
    CHECK_FALSE(parse_outcome(std::string_view("valid\0", 6)));
}

}  // namespace keyledger
