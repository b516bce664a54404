#pragma once
// GET /v1/workspaces/{ws}/keys: keys by filter, in the order of their creation.

#include "http/admin/admin_door.hpp"

namespace keyledger {

// Keys looked at before other readers of the history get a turn.
inline constexpr std::size_t keys_per_slice = 4096;
// The same for keys that must be read from the history, which takes much longer.
inline constexpr std::size_t past_keys_per_slice = 4;
// For one page; a list that is longer goes on by its cursor.
inline constexpr std::size_t past_keys_per_page_max = 10'000;

boost::asio::awaitable<void> list_keys(AdminDoor& door, Exchange& exchange);

}  // namespace keyledger
