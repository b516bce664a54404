#include "ledger/stored/event_codec.hpp"

#include "ledger/stored/event_reader.hpp"
#include "ledger/stored/event_writer.hpp"
#include "ledger/stored/personal.hpp"

namespace keyledger {

namespace {

using namespace std::string_view_literals;

// "KL", the format's version, then the schema's, which is 1.
constexpr std::string_view frame = "KL\0\1\0\0\0\1"sv;

constexpr std::size_t leaf_bytes_usual = 640;

}  // namespace

StoredEvent encode(Event& event, Random& salts) {
    StoredEvent stored;
    stored.personal = commit(event, salts);
    stored.leaf.reserve(leaf_bytes_usual);
    stored.leaf = frame;
    append_message(event, stored.leaf);
    return stored;
}

bool has_leaf_frame(std::string_view leaf) {
    return leaf.size() > frame.size() && leaf.size() <= leaf_bytes_max && leaf.size() % 8 == 0 &&
           leaf.starts_with(frame);
}

std::optional<Event> decode(std::string_view leaf, std::string_view personal) {
    if (!has_leaf_frame(leaf)) return std::nullopt;
    std::optional<Event> event = read_message(leaf.substr(frame.size()));
    if (event && !restore(*event, personal)) event.reset();
    return event;
}

}  // namespace keyledger
