#pragma once
// A long answer, made piece by piece.

#include <boost/asio/awaitable.hpp>

#include <string>

namespace keyledger {

// Lives on the session's thread; destroyed when the client goes away or the server stops.
class BodyStream {
public:
    virtual ~BodyStream() = default;
    // The next piece; empty ends the answer. May wait, at most 15 seconds at a time (a stream that
    // has nothing to say sends a comment or a blank line, so that a dead client is noticed).
    virtual boost::asio::awaitable<std::string> next() = 0;
    // After an empty piece: the answer is not whole, and its client is to see that.
    virtual bool is_cut() const { return false; }
};

}  // namespace keyledger
