#pragma once
// One connection's requests and answers without its socket: bytes in, what to do next and bytes
// out.

#include "http/request_reader.hpp"
#include "http/response_writer.hpp"
#include "http/service.hpp"
#include "http/transport_counts.hpp"

#include <spdlog/fwd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>

namespace keyledger {

// Answers to pipelined requests are gathered up to here before they are sent.
inline constexpr std::size_t gathered_bytes_max = 64 * 1024;
// Buffers of answers that are larger are given back.
inline constexpr std::size_t kept_answer_bytes_max = 256 * 1024;

// Whether the server is about to end: then each answer is the last one of its connection.
enum class Serving : std::uint8_t { on, ending };

// Lives on the session's thread. What the constructor is given outlives it.
class Conversation {
public:
    Conversation(Service& service, spdlog::logger& log, ThreadCounts& counts, DateText& date,
                 const Peer& peer);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    // What the session does next, each time after it has sent what stands in output().
    enum class Step : std::uint8_t {
        read,    // from the connection into space(); then received(), then advance()
        send,    // nothing but that; then advance()
        wait,    // for service.answer(request(), response()); then answered()
        stream,  // response().stream to its end: piece() each, then end_stream()
        close,   // the connection
    };

    std::span<char> space() { return reader_.space(); }
    void received(std::size_t bytes);

    // Answers in their order all requests that are there and can be answered now. `now` stands in
    // the answers' Date.
    Step advance(std::chrono::sys_seconds now, Serving serving);

    const Request& request() const { return reader_.request(); }
    Response& response() { return response_; }
    // The awaited answer is there, or this came instead of it, and the answer is 500.
    Step answered(std::exception_ptr failure, Serving serving);

    void piece(std::string_view bytes) { append_piece(output_, bytes, form_); }
    Step end_stream();

    // The session found a fault of its own (too_slow, overloaded).
    Step refuse(TransportFault fault);

    // Bytes to send, in order. sent_all() empties it.
    std::string_view output() const { return output_; }
    void sent_all();

    // No byte of a request has come since the last one was answered.
    bool idle() const { return reader_.idle(); }
    std::uint64_t body_bytes() const { return reader_.body_bytes(); }
    // How many requests have been read whole.
    std::uint64_t requests() const { return requests_; }

private:
    Step answer_what_is_there();
    Step give_answer();
    Step next_request();
    Step fail(const char* what);

    Service& service_;
    spdlog::logger& log_;
    ThreadCounts& counts_;
    DateText& date_;

    RequestReader reader_;
    Response response_;
    AnswerForm form_;  // of the answer that is being given
    std::uint64_t requests_ = 0;
    std::string output_;
    std::size_t whole_answers_ = 0;  // bytes of output_ up to the end of the last whole answer
    std::chrono::sys_seconds now_{};
    Serving serving_ = Serving::on;
};

}  // namespace keyledger
