#pragma once
// Events as a stream that may follow the ledger: a line each (NDJSON), or server-sent events.

#include "http/admin/event_query.hpp"
#include "http/body_stream.hpp"
#include "replication/applied_signal.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace keyledger {

enum class EventFraming : std::uint8_t { ndjson, server_sent };

struct EventStreamSettings {
    EventFraming framing = EventFraming::ndjson;
    bool follow = false;  // goes on when new events come
    std::size_t limit = std::numeric_limits<std::size_t>::max();
};

// Lives on the session's thread; what it was made of outlives it.
class EventStream final : public BodyStream {
public:
    EventStream(const AdminDoor& door, AppliedSignal& signal, EventSearch search,
                EventStreamSettings settings, const KeyId& reader)
        : door_(door),
          signal_(signal),
          search_(std::move(search)),
          settings_(settings),
          reader_(reader) {}

    boost::asio::awaitable<std::string> next() override;
    // Its reader may read no more.
    bool is_cut() const override { return is_cut_; }

private:
    bool gather(std::uint64_t newest, std::string& piece);

    const AdminDoor& door_;
    AppliedSignal& signal_;
    EventSearch search_;
    EventStreamSettings settings_;
    KeyId reader_;  // whose stream it is: it ends when that key may read no more
    bool is_cut_ = false;
};

}  // namespace keyledger
