#pragma once
// A batch of events as the data of an entry in the Raft log.
//
//   data := "KLEntry" version:u8 message
//
// The message is one segment of Cap'n Proto, entry.capnp, without its segment table. What may be
// erased of an event stands here too, until the entry is compacted away.

#include "ledger/stored/event_codec.hpp"
#include "replication/raft_types.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

// Names one proposal for ever: `boot` is drawn at random at each start.
struct Proposer {
    NodeId node = no_node;
    std::uint64_t boot = 0, number = 0;
    bool operator==(const Proposer&) const = default;
};

// An entry counts only in the term in which it was decided and where its first event is the next
// one: else all nodes pass over it alike, and its proposer learns so.
struct EntryHeader {
    std::uint64_t term = 0;
    std::uint64_t first_seq = 0;
    Proposer proposer;
    bool operator==(const EntryHeader&) const = default;
};

std::string encode_entry(const EntryHeader& header, std::span<const StoredEvent> events);

// Nothing if the bytes are no such data. Never throw. Any thread.
std::optional<EntryHeader> decode_entry_header(std::string_view data);
std::optional<std::vector<StoredEvent>> decode_entry_events(std::string_view data);

}  // namespace keyledger
