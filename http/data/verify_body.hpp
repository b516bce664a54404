#pragma once
// The body of POST /v1/verify.

#include "http/field_fault.hpp"
#include "ledger/rules/address.hpp"
#include "ledger/rules/judge.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::uint64_t cost_max = 1'000'000'000;

// The views are into the body, or into buffers of this thread that the next parse uses again.
struct VerifyBody {
    std::string_view token;
    std::optional<std::string_view> workspace;
    std::optional<std::string_view> environment;
    std::span<const std::string_view> scopes;
    std::optional<ResourceView> resource;
    std::optional<Address> address;
    std::uint64_t cost = 1;
    bool durable = false;
};

// Fills in `out`, quickly, from a body that is right; false for any other, and then
// explain_verify_body says what is wrong. 64 readable bytes must follow the body.
bool parse_verify_body(std::string_view body, VerifyBody& out);

// What is wrong with a body that the quick reader refused: at least one fault, whatever it is. What
// was read of such a body is never used.
std::vector<FieldFault> explain_verify_body(std::string_view body);

}  // namespace keyledger
