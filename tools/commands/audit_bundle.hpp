#pragma once
// The answer of GET /v1/keys/{id}/events?proof=true, kept in a file.

#include "projections/key_proof.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace keyledger {

inline constexpr std::size_t bundle_bytes_max = std::size_t{64} * 1024 * 1024;

// Nothing if it is no such answer. Says nothing about whether it proves anything.
std::optional<KeyProof> parse_key_proof(std::string_view json);

}  // namespace keyledger
