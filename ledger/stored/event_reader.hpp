#pragma once
// Reads the message inside a leaf: the reverse of event_writer.hpp.

#include "ledger/rules/event.hpp"

#include <string_view>

namespace keyledger {

// Reads what append_message would have written, and nothing else: false for any other bytes. What
// is read has its commitments, but no erasable value. Texts are as they came: UTF-8 only if the
// writer saw to it. `message` may stand at any address. Never throws; after false, `event` is of no
// use. Any thread.
bool read_message(std::string_view message, Event& event);

}  // namespace keyledger
