#pragma once
// GET /v1/workspaces/{ws}/keys: keys by filter, in the order of their creation.

#include "http/admin/admin_door.hpp"

namespace keyledger {

// Keys looked at before the thread's other connections get a turn.
inline constexpr std::size_t keys_per_slice = 4096;

boost::asio::awaitable<void> list_keys(AdminDoor& door, Exchange& exchange);

}  // namespace keyledger
