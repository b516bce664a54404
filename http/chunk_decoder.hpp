#pragma once
// The chunked transfer coding (RFC 9112, section 7.1), taken off a body without I/O.
//
// Beast's own decoder is not used: it wants each chunk's line and the whole trailer in one buffer,
// and in 1.81 an assert of its own ends the process when the last chunk comes a byte at a time.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keyledger {

// A chunk's line, size and extensions together, without its line end.
inline constexpr std::size_t chunk_line_bytes_max = 1024;
inline constexpr std::size_t trailer_bytes_max = 8 * 1024;

// A value: copy it or start again by assigning a new one. What it says depends on the bytes alone,
// never on how they were cut.
class ChunkDecoder {
public:
    struct Piece {
        std::size_t consumed = 0;  // of the input
        std::string_view data;     // a view into the input; may be empty
    };

    // Reads framing and at most one run of data. Call it until the input is used up, done() or
    // broken().
    Piece decode(std::string_view input);

    // The last chunk and its trailer have been read; what follows is the next request's.
    bool done() const { return state_ == State::done; }
    // The coding is not to the letter: bare CR or LF, no digits, a size beyond 2^60, control
    // characters, a malformed trailer, a line or trailer over its limit. Nothing after it can be
    // trusted.
    bool broken() const { return state_ == State::broken; }

private:
    enum class State : std::uint8_t {
        size_first,  // the first digit of a chunk's size
        size,        // the others
        blank,       // blanks before a ';'
        extension,   // passed over unread
        size_end,    // LF of the line
        data,
        data_return,    // CR behind the data
        data_end,       // LF behind the data
        trailer_start,  // the start of a line behind the last chunk
        trailer_name,
        trailer_value,
        trailer_end,  // LF of a trailer line
        last_end,     // LF of the empty line
        done,
        broken,
    };

    State after(char c);
    State after_size(char c);
    State after_trailer(char c);

    State state_ = State::size_first;
    std::uint64_t size_ = 0;  // of this chunk; while in `data`, what is left of it
    std::size_t line_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
};

}  // namespace keyledger
