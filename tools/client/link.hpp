#pragma once
// A connection to a server, as bytes: plain, with TLS or over a unix socket. The home of Asio in
// the client.

#include "tools/client/server_url.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger {

// What a wait came to. Not both: `bytes` is 0 where there is a problem or an end.
struct LinkRead {
    std::size_t bytes = 0;
    std::string problem;
    bool ended = false;  // by the server, in good order
};

// Lives on one thread. Each wait has a deadline.
class Link {
public:
    virtual ~Link() = default;

    // An empty text is good; else why it failed.
    virtual std::string connect() = 0;
    virtual std::string write(std::string_view bytes) = 0;
    virtual LinkRead read(char* out, std::size_t bytes_max) = 0;
    // The server has neither ended the connection nor sent what nobody asked for.
    virtual bool is_quiet() = 0;
};

// Makes links, and waits for Ctrl-C along with each of their waits. Outlives its links.
class LinkMaker {
public:
    // `authority` is a PEM file of certificates to trust in place of the system's; may be empty.
    explicit LinkMaker(std::string authority);
    ~LinkMaker();

    // Null with a problem, where the authority's file can't be used.
    std::unique_ptr<Link> make(const ServerUrl& url, std::string& problem);

    // From here on Ctrl-C (and SIGTERM) ends the waits instead of the program.
    void stop_on_interrupt();
    bool interrupted() const;
    // Returns at once when interrupted.
    void pause(std::chrono::milliseconds length);
    // Every wait of a link ends at this time at the latest, whatever comes meanwhile; nothing: each
    // has a deadline of its own alone.
    void set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline);

    struct Waits;

private:
    std::string authority_;
    std::unique_ptr<Waits> waits_;
};

}  // namespace keyledger
