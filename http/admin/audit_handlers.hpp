#pragma once
// History and usage over HTTP.

#include "http/admin/admin_door.hpp"
#include "replication/applied_signal.hpp"

namespace keyledger {

class AuditHandlers {
public:
    AuditHandlers(AdminDoor& door, AppliedSignal& signal) : door_(door), signal_(signal) {}

    // GET /v1/events: a JSON page, NDJSON or server-sent events, by Accept.
    boost::asio::awaitable<void> events(Exchange& exchange);
    // GET /v1/keys/{id}/events: its life, oldest first; its uses too with ?uses=true.
    boost::asio::awaitable<void> key_events(Exchange& exchange);
    // GET /v1/keys/{id}/usage
    boost::asio::awaitable<void> usage(Exchange& exchange);

private:
    AdminDoor& door_;
    AppliedSignal& signal_;
};

}  // namespace keyledger
