#pragma once
// What a terminal is for: tables as wide as it, questions, and knowing whether there is one.
// Whatever the program says goes out here, so that no text from elsewhere can move a cursor.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyledger {

bool is_terminal(int descriptor);

// Columns of the terminal on standard output; 0 if there is none, or if it does not say.
std::size_t terminal_columns();

// There is somebody to ask: standard input and standard error are a terminal.
bool can_ask();
// Shows the question on standard error. Only "y" and "yes", in any case, are a yes.
bool ask(std::string_view question);

// A text as a terminal may have it: its lines stay, and what escape_controls escapes is escaped.
// JSON is the same JSON after it.
std::string shown_text(std::string_view text);

// An answer on standard output: as shown_text on a terminal, elsewhere as it is. False, with a line
// on standard error, if it did not arrive (a full disk, a closed pipe).
bool print_all(std::string_view text);

// A line on standard error, with its newline; whatever is in it, it is one line.
void print_error(std::string_view line);

}  // namespace keyledger
