#pragma once
// The parts that the table of commands is put together from (commands_table in command_line.hpp).

#include "tools/command_line.hpp"

#include <span>

namespace keyledger {

// Commands that ask a running server: what is about keys, and the others.
std::span<const CommandRow> key_command_rows();
std::span<const CommandRow> client_command_rows();
// Those of `keyledger audit`.
std::span<const CommandRow> audit_command_rows();
// `keyledger backup` and `keyledger restore`.
std::span<const CommandRow> backup_command_rows();

}  // namespace keyledger
