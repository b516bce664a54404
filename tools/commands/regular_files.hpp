#pragma once
// What stands in a directory, before any of it is opened: a pipe or a device could hold its reader
// up for ever.

#include <optional>
#include <string>

namespace keyledger {

// `path` or the first below it (by its path) that is neither a regular file nor a directory; what a
// symbolic link leads to counts. Nothing if there is none. What is not there, or can't be looked
// at, is left to who reads it.
std::optional<std::string> first_irregular(const std::string& path);

// "PATH is no regular file".
std::string irregular_text(const std::string& path);

}  // namespace keyledger
