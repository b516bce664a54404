#pragma once
// Cuts a file of keys to import, a JSON object a line, into calls that the server takes.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger {

inline constexpr std::size_t import_items_max = 10'000;
// What the server takes in a body is 8 MiB by default; the rest of the body must go in too.
inline constexpr std::size_t import_bytes_max = 8u * 1024 * 1024 - 16 * 1024;
inline constexpr std::size_t import_values_max = 400'000;  // JSON values in a body

// Where a cut is allowed to be: where the file is read again, it falls on the same places.
struct ImportPart {
    std::string items;                 // the objects, with commas between them
    std::vector<std::size_t> begins;   // of each object, in these bytes
    std::vector<std::uint64_t> lines;  // the line of each, from 1
    std::uint64_t offset = 0;          // bytes of the file up to its end
    std::uint64_t lines_end = 0;       // lines up to its end
    std::string read;                  // the bytes of the file that it is of
    std::string problem;   // "LINE: what is wrong" of a bad line; the part is not to be sent
    bool is_last = false;  // nothing follows

    // The object at `index`.
    std::string_view item(std::size_t index) const;
};

// Lives on one thread. The source outlives it.
class ImportCutter {
public:
    // Appends some bytes to its argument; returns false at the end, and when it can't be read.
    using Source = std::function<bool(std::string&)>;
    // `offset` and `lines` are what was read of the file before.
    explicit ImportCutter(Source source, std::uint64_t offset = 0, std::uint64_t lines = 0);

    // The next call's part; empty (no lines) at the end.
    ImportPart next();

private:
    bool fill();
    bool take_line(ImportPart& part);

    Source source_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of what was not taken yet, in the buffer
    bool at_end_ = false;
    std::uint64_t offset_, lines_;
    std::size_t values_ = 0;  // of the part that is being made
};

}  // namespace keyledger
