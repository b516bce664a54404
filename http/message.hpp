#pragma once
// A request and its answer as plain structs: what everything above the session works on.

#include "ledger/rules/address.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyledger {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };

struct Header {
    std::string_view name;   // as it came; compare with equal_ignoring_case
    std::string_view value;  // outer white space cut off
};

// Who is at the other end of the connection.
struct Peer {
    std::optional<Address> address;  // none on a unix socket
    bool unix_socket = false;
    bool client_certificate = false;  // one that the listener's authority signed
};

// The views are into the reader's buffers, and last until the answer has been written.
struct Request {
    Method method = Method::get;
    std::string_view method_text;
    std::string_view target;  // as it came
    std::string_view path;    // the target up to '?', never normalised
    std::string_view query;   // behind '?', not decoded
    std::span<const Header> headers;
    std::string_view body;  // body_slack readable bytes follow it
    Peer peer;
    bool body_discarded = false;  // it was longer than the route reads, and was drained
};

inline constexpr std::size_t body_slack = 64;

bool equal_ignoring_case(std::string_view left, std::string_view right);

// The first header with that name, or nothing. `count` the number of them.
std::optional<std::string_view> header(const Request& request, std::string_view name);
std::size_t header_count(const Request& request, std::string_view name);

// A long answer, made piece by piece. Lives on the session's thread; destroyed when the client
// goes.
class BodyStream;  // http/body_stream.hpp

struct Response {
    int status = 200;
    std::string_view content_type;  // of static storage; empty: no such header
    std::string headers;  // "Name: value\r\n"..., but Content-Length, Content-Type and Connection
    std::string body;
    std::shared_ptr<BodyStream> stream;  // instead of a body: written as chunks. Shared, so that
                                         // this header need not know the type
    bool close = false;

    // Ready for the next request; keeps its memory.
    void clear();
};

}  // namespace keyledger
