#pragma once
// The body of POST /v1/verify.

#include "http/field_fault.hpp"
#include "ledger/rules/address.hpp"
#include "ledger/rules/judge.hpp"
#include "ledger/rules/scope.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::uint64_t cost_max = 1'000'000'000;

// The views are into the body, or into a buffer of this thread that the next parse uses again.
struct VerifyBody {
    std::string_view token;
    std::optional<std::string_view> workspace;
    std::optional<std::string_view> environment;
    std::array<std::string_view, scopes_per_key_max> scopes;
    std::size_t scopes_count = 0;
    std::optional<ResourceView> resource;
    std::optional<Address> address;
    std::uint64_t cost = 1;
    bool durable = false;
};

// Fills in `out`, quickly, from a body that is right; false for any other, and then explain_verify_body
// says what is wrong. 64 readable bytes must follow the body.
bool parse_verify_body(std::string_view body, VerifyBody& out);

// The same body read slowly: all its faults; empty if it is right after all.
std::vector<FieldFault> explain_verify_body(std::string_view body);

}  // namespace keyledger
