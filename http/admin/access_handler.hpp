#pragma once
// Who could use what: GET /v1/access.

#include "http/admin/admin_door.hpp"

namespace keyledger {

// A page of {keyId, owner, scope, sinceSeq, since, actor}, by workspace, scope and key.
boost::asio::awaitable<void> list_access(AdminDoor& door, Exchange& exchange);

}  // namespace keyledger
