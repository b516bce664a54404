#pragma once
// Workspaces over HTTP.

#include "http/admin/admin_door.hpp"

namespace keyledger {

class WorkspaceHandlers {
public:
    explicit WorkspaceHandlers(AdminDoor& door) : door_(door) {}

    boost::asio::awaitable<void> create(Exchange& exchange);
    boost::asio::awaitable<void> list(Exchange& exchange);
    boost::asio::awaitable<void> get(Exchange& exchange);
    boost::asio::awaitable<void> change(Exchange& exchange);

private:
    void answer_workspace(Exchange& exchange, int status, const WorkspaceState& workspace);

    AdminDoor& door_;
};

}  // namespace keyledger
