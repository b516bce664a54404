#pragma once
// Whose is a token that turned up somewhere: POST /v1/tokens:find.

#include "http/admin/admin_door.hpp"

namespace keyledger {

// For each token or digest the key that it belongs to, and its uses of late. No use is counted.
boost::asio::awaitable<void> find_tokens(AdminDoor& door, Exchange& exchange);

}  // namespace keyledger
