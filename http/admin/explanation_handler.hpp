#pragma once
// Why a check of a key comes to what it does: GET /v1/keys/{id}/explanation.

#include "http/admin/admin_door.hpp"

namespace keyledger {

// {keyId, at, asOf, code, rules, decidedBy}: now, as of a seq or a time, or at a time to come.
boost::asio::awaitable<void> explain_key(AdminDoor& door, Exchange& exchange);

}  // namespace keyledger
