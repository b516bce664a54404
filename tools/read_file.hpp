#pragma once
// A small file as a text: configuration, certificates, tokens.

#include <cstddef>
#include <string>

namespace keyledger {

struct FileText {
    std::string text;
    std::string problem;       // why it can't be read; empty if it was
    bool is_too_long = false;  // which is a problem too
};

// A file of more than `bytes_max` bytes is refused.
FileText read_file(const std::string& path, std::size_t bytes_max);
// What comes from an open descriptor until its end, such as standard input.
FileText read_descriptor(int descriptor, std::size_t bytes_max);

}  // namespace keyledger
