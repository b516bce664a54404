#include "http/chunk_decoder.hpp"

#include "http/characters.hpp"

#include <algorithm>

namespace keyledger {

namespace {

// Far from where sixteen times as much would wrap around.
constexpr std::uint64_t chunk_bytes_max = std::uint64_t{1} << 40;

// The value of a hexadecimal digit, or -1.
int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
    return -1;
}

}  // namespace

ChunkDecoder::Piece ChunkDecoder::decode(std::string_view input) {
    std::size_t at = 0;
    while (at < input.size() && state_ < State::done) {
        if (state_ == State::data) {
            const auto run =
                static_cast<std::size_t>(std::min<std::uint64_t>(size_, input.size() - at));
            size_ -= run;
            if (size_ == 0) state_ = State::data_return;
            return {at + run, input.substr(at, run)};
        }
        state_ = after(input[at]);
        ++at;
    }
    return {at, {}};
}

ChunkDecoder::State ChunkDecoder::after(char c) {
    switch (state_) {
        case State::size_first:
        case State::size:
        case State::blank:
        case State::extension:
            return ++line_bytes_ > chunk_line_bytes_max + 1 ? State::broken : after_size(c);
        case State::size_end:
            if (c != '\n') return State::broken;
            line_bytes_ = 0;
            return size_ == 0 ? State::trailer_start : State::data;
        case State::data_return:
            return c == '\r' ? State::data_end : State::broken;
        case State::data_end:
            return c == '\n' ? State::size_first : State::broken;
        case State::trailer_start:
        case State::trailer_name:
        case State::trailer_value:
        case State::trailer_end:
            return ++trailer_bytes_ > trailer_bytes_max ? State::broken : after_trailer(c);
        case State::last_end:
            return c == '\n' ? State::done : State::broken;
        case State::data:
        case State::done:
        case State::broken:
            break;
    }
    return State::broken;
}

// In a chunk's line: 1*HEXDIG [ blanks ";" anything printable ] CR.
ChunkDecoder::State ChunkDecoder::after_size(char c) {
    if (state_ == State::extension) {
        if (c == '\r') return State::size_end;
        return is_value_character(c) ? State::extension : State::broken;
    }
    if (state_ != State::blank) {
        if (const int digit = digit_value(c); digit >= 0) {
            if (state_ == State::size_first) size_ = 0;
            size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
            return size_ > chunk_bytes_max ? State::broken : State::size;
        }
        if (state_ == State::size_first) return State::broken;
        if (c == '\r') return State::size_end;
    }
    if (c == ';') return State::extension;
    return c == ' ' || c == '\t' ? State::blank : State::broken;
}

// Trailers are checked like header lines, and thrown away: nothing here reads them, and to merge
// them into the header would let a body change what the header said.
ChunkDecoder::State ChunkDecoder::after_trailer(char c) {
    switch (state_) {
        case State::trailer_start:
            if (c == '\r') return State::last_end;
            return is_token_character(c) ? State::trailer_name : State::broken;
        case State::trailer_name:
            if (c == ':') return State::trailer_value;
            return is_token_character(c) ? State::trailer_name : State::broken;
        case State::trailer_value:
            if (c == '\r') return State::trailer_end;
            return is_value_character(c) ? State::trailer_value : State::broken;
        default:
            return c == '\n' ? State::trailer_start : State::broken;
    }
}

}  // namespace keyledger
