#include "replication/entry_codec.hpp"

#include <capnp/message.h>
#include <kj/exception.h>
#include <replication/entry.capnp.h>

#include <cassert>
#include <cstddef>
#include <cstring>

namespace keyledger {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view frame = "KLEntry\1"sv;
constexpr std::size_t word_bytes = sizeof(capnp::word);
static_assert(frame.size() == word_bytes, "what follows is aligned where the data is");

constexpr std::size_t header_words = 1 + 5 + 1;  // root pointer, numbers, pointer to the list
constexpr std::size_t event_words = 2;           // its two pointers

// How many times over a message may be read: its header and its events, each twice at most.
constexpr std::uint64_t readings_max = 4;
constexpr int nesting_max = 4;

std::size_t words_of(std::string_view bytes) {
    return (bytes.size() + word_bytes - 1) / word_bytes;
}

capnp::Data::Reader data_of(std::string_view bytes) {
    return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}

std::string string_of(capnp::Data::Reader bytes) {
    return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

void write(const EntryHeader& header, std::span<const StoredEvent> events,
           entries::Batch::Builder out) {
    out.setTerm(header.term);
    out.setFirstSeq(header.first_seq);
    out.setNode(static_cast<std::uint64_t>(header.proposer.node));
    out.setBoot(header.proposer.boot);
    out.setNumber(header.proposer.number);
    auto list = out.initEvents(static_cast<capnp::uint>(events.size()));
    for (capnp::uint i = 0; i < list.size(); ++i) {
        list[i].setLeaf(data_of(events[i].leaf));
        if (!events[i].personal.empty()) list[i].setPersonal(data_of(events[i].personal));
    }
}

EntryHeader header_of(entries::Batch::Reader in) {
    return {.term = in.getTerm(),
            .first_seq = in.getFirstSeq(),
            .proposer = {
                .node = NodeId{in.getNode()}, .boot = in.getBoot(), .number = in.getNumber()}};
}

std::vector<StoredEvent> events_of(entries::Batch::Reader in) {
    std::vector<StoredEvent> events;
    events.reserve(in.getEvents().size());
    for (const entries::Event::Reader event : in.getEvents())
        events.push_back({string_of(event.getLeaf()), string_of(event.getPersonal())});
    return events;
}

// What `read` makes of the batch in `data`.
template <class Read>
auto read_batch(std::string_view data, Read read)
    -> std::optional<decltype(read(entries::Batch::Reader()))> {
    if (!data.starts_with(frame) || data.size() % word_bytes != 0) return std::nullopt;
    std::string_view message = data.substr(frame.size());
    std::string aligned;
    if (reinterpret_cast<std::uintptr_t>(message.data()) % alignof(capnp::word) != 0) {
        aligned = message;
        message = aligned;
    }
    const std::size_t words = message.size() / word_bytes;
    const kj::ArrayPtr<const capnp::word> segment(
        reinterpret_cast<const capnp::word*>(message.data()), words);
    const kj::ArrayPtr<const capnp::word> segments[] = {segment};
    capnp::ReaderOptions limits;
    limits.traversalLimitInWords = readings_max * words;
    limits.nestingLimit = nesting_max;
    // Cap'n Proto throws at what is out of bounds or of another shape.
    try {
        capnp::SegmentArrayMessageReader reader(segments, limits);
        return read(reader.getRoot<entries::Batch>());
    } catch (const kj::Exception&) {
        return std::nullopt;
    }
}

}  // namespace

std::string encode_entry(const EntryHeader& header, std::span<const StoredEvent> events) {
    // The list has a word more, which says what its elements are.
    std::size_t words = header_words + 1;
    for (const StoredEvent& event : events)
        words += event_words + words_of(event.leaf) + words_of(event.personal);
    std::string data(frame);
    data.resize(frame.size() + words * word_bytes);
    char* const message = data.data() + frame.size();
    assert(reinterpret_cast<std::uintptr_t>(message) % alignof(capnp::word) == 0);
    capnp::FlatMessageBuilder building(
        kj::ArrayPtr<capnp::word>(reinterpret_cast<capnp::word*>(message), words));
    write(header, events, building.initRoot<entries::Batch>());
    building.requireFilled();
    return data;
}

std::optional<EntryHeader> decode_entry_header(std::string_view data) {
    return read_batch(data, header_of);
}

std::optional<std::vector<StoredEvent>> decode_entry_events(std::string_view data) {
    return read_batch(data, events_of);
}

}  // namespace keyledger
