#pragma once
// The description of all routes, http/openapi.yaml, as JSON.

#include <string_view>

namespace keyledger {

std::string_view openapi_json();

}  // namespace keyledger
