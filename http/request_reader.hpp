#pragma once
// Bytes in, requests out: HTTP/1.1 and 1.0 (RFC 9112) without I/O.

#include "http/body_buffer.hpp"
#include "http/chunk_decoder.hpp"
#include "http/header_parser.hpp"
#include "http/message.hpp"
#include "http/service.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace keyledger {

// Of a body that nobody reads. A longer one ends the connection after the answer.
inline constexpr std::size_t drained_bytes_max = 8 * 1024 * 1024;

enum class ReadState : std::uint8_t {
    need_bytes,  // read from the connection into space(), then call received()
    need_limit,  // the header is there and a body follows: ask the route, then call limit_body()
    complete,    // request() is whole; after its answer call next_request()
    faulty,      // fault() says why; request() holds what was understood. Close after the answer.
};

// One connection's reader. Owns fixed buffers, which are reused: once they have grown to the size
// of the bodies that come, nothing is allocated. What it says depends on the bytes alone, never on
// how they were cut, but for take_continue(). Lives on the session's thread.
class RequestReader {
public:
    explicit RequestReader(const Peer& peer);
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    // Where the next bytes go: never empty after need_bytes. It may move bytes, so views into an
    // earlier incomplete request are not kept across it.
    std::span<char> space();
    // That many of them have come.
    void received(std::size_t bytes);

    // Goes on as far as the bytes reach.
    ReadState advance();

    // After need_limit. 0: the body is read and thrown away, and the request says so. A body over
    // another limit is the fault body_too_large.
    void limit_body(std::size_t bytes_max);

    // After need_bytes: true once, where the client waits for "100 Continue" before it sends its
    // body.
    bool take_continue();

    // Its views last until next_request(). In it `peer` is the one of the constructor.
    const Request& request() const { return request_; }
    TransportFault fault() const { return fault_; }

    // Of the request that is complete. False too where part of its body was left unread.
    bool keep_alive() const { return keep_alive_; }
    bool http_1_0() const { return parts_.framing.http_1_0; }

    // Forgets the request that is complete; bytes behind it stay for the next.
    void next_request();

    // No byte of a request has come since the last one.
    bool idle() const { return state_ == State::header && begin_ == end_ && !empty_line_skipped_; }
    // Of the body of the request that is being read, without the chunks' framing.
    std::uint64_t body_bytes() const { return body_bytes_; }

private:
    enum class State : std::uint8_t { header, limit, body, complete, faulty };

    static constexpr std::size_t body_room_bytes = 4 * 1024;  // behind the longest header
    static constexpr std::size_t input_bytes = header_bytes_max + body_room_bytes;

    bool find_header_end();
    void move_to_front();
    void read_header();
    TransportFault oversize_fault() const;
    void read_sized_body();
    void read_chunked_body();
    void take_body(std::string_view piece);
    void complete();
    void fail(TransportFault fault);

    std::unique_ptr<char[]> input_;
    std::size_t begin_ = 0;       // of the request that is being read
    std::size_t line_ = 0;        // of the line that is being looked at
    std::size_t scanned_ = 0;     // up to here no end of a line is left to find
    std::size_t header_end_ = 0;  // 0: not found yet
    std::size_t taken_ = 0;       // behind the header: up to here the body has been taken
    std::size_t end_ = 0;         // of what has come

    BodyBuffer body_;
    std::uint64_t body_bytes_ = 0;  // received, kept or not
    std::size_t body_limit_ = 0;
    ChunkDecoder chunks_;

    Request request_;
    HeaderParts parts_;

    State state_ = State::header;
    TransportFault fault_ = TransportFault::malformed;
    bool empty_line_skipped_ = false;
    bool keep_alive_ = false;
};

}  // namespace keyledger
