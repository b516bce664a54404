#pragma once
// How often a key was checked: GET /v1/keys/{id}/usage.

#include "http/admin/admin_door.hpp"

namespace keyledger {

// A page of buckets, and the sum of all that were asked for.
boost::asio::awaitable<void> show_usage(AdminDoor& door, Exchange& exchange);

}  // namespace keyledger
