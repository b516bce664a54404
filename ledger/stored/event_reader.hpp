#pragma once
// Reads the message inside a leaf: the reverse of event_writer.hpp.

#include "ledger/rules/event.hpp"

#include <optional>
#include <string_view>

namespace keyledger {

// The event that append_message would have written so; nothing for any other bytes. It has its
// commitments, but no erasable value. Texts are as they came: UTF-8 only if the writer saw to it.
// `message` may stand at any address. Never throws. Any thread.
std::optional<Event> read_message(std::string_view message);

}  // namespace keyledger
