#pragma once
// The routes that gateways call.

#include <cstdint>

namespace keyledger {

enum class DataRoute : std::uint8_t { verify, authorize, ext_authz, errors, introspect, me };

}  // namespace keyledger
