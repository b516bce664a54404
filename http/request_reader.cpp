#include "http/request_reader.hpp"

#include "http/characters.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace keyledger {

RequestReader::RequestReader(const Peer& peer)
    : input_(std::make_unique_for_overwrite<char[]>(input_bytes)) {
    request_.peer = peer;
    request_.body = body_.whole();
}

std::span<char> RequestReader::space() {
    if (state_ == State::body) {
        // All that came behind the header has been taken; the header must stay where it is.
        assert(taken_ == end_);
        taken_ = end_ = header_end_;
    } else if (begin_ == end_) {
        begin_ = line_ = scanned_ = end_ = 0;
    } else if (end_ > header_bytes_max) {
        move_to_front();
    }
    return {input_.get() + end_, input_bytes - end_};
}

// Only while nothing has been parsed: views would be left behind.
void RequestReader::move_to_front() {
    std::memmove(input_.get(), input_.get() + begin_, end_ - begin_);
    line_ -= begin_;
    scanned_ -= begin_;
    end_ -= begin_;
    if (header_end_ != 0) header_end_ = taken_ = header_end_ - begin_;
    begin_ = 0;
}

void RequestReader::received(std::size_t bytes) {
    assert(bytes <= input_bytes - end_);
    end_ += bytes;
}

ReadState RequestReader::advance() {
    if (state_ == State::header && find_header_end()) read_header();
    if (state_ == State::body) parts_.framing.chunked ? read_chunked_body() : read_sized_body();
    switch (state_) {
        case State::header:
        case State::body:
            return ReadState::need_bytes;
        case State::limit:
            return ReadState::need_limit;
        case State::complete:
            return ReadState::complete;
        case State::faulty:
            break;
    }
    return ReadState::faulty;
}

// Looks for the empty line, so that the header is parsed once, when it is whole, and so that its
// limit and its lines are judged alike however the bytes came. Refuses on the way a line that ends
// in LF alone, and a folded one.
bool RequestReader::find_header_end() {
    const char* const input = input_.get();
    if (begin_ != end_ && input[begin_] != '\r' && !is_token_character(input[begin_])) {
        fail(TransportFault::malformed);
        return false;
    }
    for (;;) {
        const std::size_t limit = std::min(end_, begin_ + header_bytes_max);
        const void* found = std::memchr(input + scanned_, '\n', limit - scanned_);
        if (found == nullptr) {
            scanned_ = limit;
            if (limit == begin_ + header_bytes_max) fail(oversize_fault());
            return false;
        }
        const auto line_end = static_cast<std::size_t>(static_cast<const char*>(found) - input);
        if (line_end == line_ || input[line_end - 1] != '\r') {
            fail(TransportFault::malformed);
            return false;
        }
        const bool empty = line_end == line_ + 1;
        const bool first = line_ == begin_;
        const bool folded = input[line_] == ' ' || input[line_] == '\t';
        line_ = scanned_ = line_end + 1;
        if (empty && !first) {
            header_end_ = taken_ = line_;
            return true;
        }
        if (folded || (empty && empty_line_skipped_)) {
            fail(TransportFault::malformed);
            return false;
        }
        if (empty) {
            // One empty line before a request is passed over (RFC 9112, section 2.2).
            empty_line_skipped_ = true;
            begin_ = line_;
            return find_header_end();
        }
    }
}

void RequestReader::read_header() {
    if (header_end_ > header_bytes_max) move_to_front();  // A body needs room behind it.
    const std::string_view header(input_.get() + begin_, header_end_ - begin_);
    if (const auto fault = parse_header(header, request_, parts_)) return fail(*fault);
    const Framing& framing = parts_.framing;
    keep_alive_ = !framing.connection_close && (!framing.http_1_0 || framing.connection_keep_alive);
    if (framing.chunked || framing.content_length.value_or(0) > 0) {
        state_ = State::limit;
    } else {
        complete();
    }
}

// Of a header that did not end within its limit.
TransportFault RequestReader::oversize_fault() const {
    const std::string_view header(input_.get() + begin_, header_bytes_max);
    const std::string_view line = header.substr(0, header.find("\r\n"));
    const std::size_t method_end = line.find(' ');
    if (method_end == std::string_view::npos) return TransportFault::headers_too_large;
    const std::string_view rest = line.substr(method_end + 1);
    const std::size_t target_bytes = std::min(rest.find(' '), rest.size());
    return target_bytes > target_bytes_max ? TransportFault::target_too_long
                                           : TransportFault::headers_too_large;
}

void RequestReader::limit_body(std::size_t bytes_max) {
    assert(state_ == State::limit);
    body_limit_ = bytes_max;
    request_.body_discarded = bytes_max == 0;
    state_ = State::body;
    const std::uint64_t announced = parts_.framing.content_length.value_or(0);
    if (request_.body_discarded && announced > drained_bytes_max) {
        // Too long to be read for nothing: the answer is given at once, and then the connection
        // ends.
        keep_alive_ = false;
        complete();
    } else if (!request_.body_discarded && announced > bytes_max) {
        fail(TransportFault::body_too_large);
    }
}

void RequestReader::read_sized_body() {
    const std::uint64_t missing = *parts_.framing.content_length - body_bytes_;
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(missing, end_ - taken_));
    take_body({input_.get() + taken_, taken});
    taken_ += taken;
    if (taken == missing) complete();
}

void RequestReader::read_chunked_body() {
    while (taken_ != end_ && state_ == State::body) {
        const ChunkDecoder::Piece piece = chunks_.decode({input_.get() + taken_, end_ - taken_});
        taken_ += piece.consumed;
        if (chunks_.broken()) return fail(TransportFault::malformed);
        const std::size_t limit = request_.body_discarded ? drained_bytes_max : body_limit_;
        if (piece.data.size() > limit - body_bytes_) {
            if (!request_.body_discarded) return fail(TransportFault::body_too_large);
            keep_alive_ = false;
            return complete();
        }
        take_body(piece.data);
        if (chunks_.done()) complete();
    }
}

void RequestReader::take_body(std::string_view piece) {
    if (!request_.body_discarded) body_.append(piece);
    body_bytes_ += piece.size();
}

void RequestReader::complete() {
    state_ = State::complete;
    if (body_bytes_ > 0) request_.body = body_.whole();
}

void RequestReader::fail(TransportFault fault) {
    state_ = State::faulty;
    fault_ = fault;
    keep_alive_ = false;
}

bool RequestReader::take_continue() {
    // HTTP/1.0 knows no such answer, and who has begun to send does not wait for it.
    Framing& framing = parts_.framing;
    const bool waits = framing.continue_expected && state_ == State::body && !framing.http_1_0 &&
                       taken_ == header_end_;
    framing.continue_expected = false;
    return waits;
}

void RequestReader::next_request() {
    assert(state_ == State::complete);
    begin_ = line_ = scanned_ = taken_;
    header_end_ = 0;
    parts_.field_count = 0;
    parts_.framing = {};
    empty_line_skipped_ = false;
    if (body_bytes_ > 0) {
        body_bytes_ = 0;
        body_.clear();
        request_.body = body_.whole();
    }
    chunks_ = {};
    request_.body_discarded = false;
    request_.method = Method::get;
    request_.method_text = request_.target = request_.path = request_.query = {};
    request_.headers = {};
    keep_alive_ = false;
    state_ = State::header;
}

}  // namespace keyledger
