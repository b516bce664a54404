#pragma once
// The history over HTTP.

#include "http/admin/admin_door.hpp"
#include "http/admin/event_query.hpp"
#include "replication/applied_signal.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace keyledger {

class AuditHandlers {
public:
    AuditHandlers(AdminDoor& door, AppliedSignal& signal) : door_(door), signal_(signal) {}

    // GET /v1/events: a JSON page, NDJSON or server-sent events, by Accept.
    boost::asio::awaitable<void> events(Exchange& exchange);
    // GET /v1/keys/{id}/events: its life, oldest first; its uses too with ?uses=true.
    boost::asio::awaitable<void> key_events(Exchange& exchange);

private:
    // A page of what is found up to `newest`; returns how many events it shows.
    boost::asio::awaitable<std::size_t> append_page(std::string& body, EventSearch& search,
                                                    std::size_t limit, std::uint64_t newest);

    AdminDoor& door_;
    AppliedSignal& signal_;
};

}  // namespace keyledger
