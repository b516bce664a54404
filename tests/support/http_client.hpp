#pragma once
// A client of one connection, with blocking sockets: what it waits for in vain ends the test.

#include "tests/support/poll.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace keyledger {

struct Answer {
    int status = 0;  // 0: the connection ended before a whole head
    std::string head;
    std::string body;
    bool whole = false;  // the body came to its end

    bool has(std::string_view line) const {
        return head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
    }
};

class HttpClient {
public:
    // To 127.0.0.1.
    explicit HttpClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect(&address, sizeof address);
    }
    explicit HttpClient(const std::string& unix_path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, unix_path.data(), unix_path.size());
        connect(&address, sizeof address);
    }
    HttpClient(HttpClient&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)),
          connected_(other.connected_),
          received_(std::move(other.received_)) {}
    HttpClient& operator=(HttpClient&&) = delete;
    virtual ~HttpClient() { close(); }

    bool connected() const { return connected_; }
    int descriptor() const { return socket_; }

    // False if the server has gone.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = write(bytes.data(), bytes.size());
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void half_close() { ::shutdown(socket_, SHUT_WR); }
    virtual void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    // As a client does that crashes.
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close();
    }

    // A body by its length, in chunks, or without either up to the connection's end.
    Answer read_answer(bool head_only = false) {
        Answer answer;
        const std::size_t head_end = fill_until("\r\n\r\n");
        if (head_end == std::string::npos) return answer;
        answer.head = take(head_end + 4);
        answer.status = std::atoi(answer.head.c_str() + std::strlen("HTTP/1.1 "));
        const std::size_t length = answer.head.find("Content-Length: ");
        if (head_only || answer.status == 204 || answer.status < 200) {
            answer.whole = true;
        } else if (answer.has("Transfer-Encoding: chunked")) {
            answer.whole = read_chunks(answer.body);
        } else if (length != std::string::npos) {
            const std::size_t bytes = std::strtoul(answer.head.c_str() + length + 16, nullptr, 10);
            answer.whole = fill(bytes);
            answer.body = take(bytes);
        } else {
            while (fill(received_.size() + 1)) continue;
            answer.body = take(received_.size());
            answer.whole = true;
        }
        return answer;
    }
    Answer ask(std::string_view bytes) {
        send(bytes);
        return read_answer();
    }
    // One chunk of a stream; empty at its end.
    std::string read_chunk() {
        const std::size_t line_end = fill_until("\r\n");
        broken_ = broken_ || line_end == std::string::npos;
        if (broken_) return {};
        const std::size_t bytes = std::strtoul(take(line_end + 2).c_str(), nullptr, 16);
        const bool whole = fill(bytes + 2);
        std::string chunk = take(bytes);
        if (whole) take(2);
        return chunk;
    }
    // Waits for the server to close, and says whether it did so without another byte.
    bool ended() { return !fill(1); }

protected:
    virtual ssize_t write(const char* bytes, std::size_t size) {
        return ::send(socket_, bytes, size, MSG_NOSIGNAL);
    }
    virtual ssize_t read(char* bytes, std::size_t size) { return ::recv(socket_, bytes, size, 0); }

private:
    void connect(const void* address, socklen_t size) {
        const timeval patience{test_patience.count(), 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        connected_ = ::connect(socket_, static_cast<const sockaddr*>(address), size) == 0;
    }
    // Until that many bytes are there; false if the connection ended before. Waiting in vain is no
    // end.
    bool fill(std::size_t bytes) {
        while (received_.size() < bytes) {
            char buffer[65536];
            const auto received = read(buffer, sizeof buffer);
            if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) std::abort();
            if (received <= 0) return false;
            received_.append(buffer, static_cast<std::size_t>(received));
        }
        return true;
    }
    std::size_t fill_until(std::string_view end) {
        for (;;) {
            const std::size_t found = received_.find(end);
            if (found != std::string::npos) return found;
            if (!fill(received_.size() + 1)) return std::string::npos;
        }
    }
    bool read_chunks(std::string& body) {
        for (;;) {
            const std::string chunk = read_chunk();
            if (chunk.empty()) return !broken_;
            body += chunk;
        }
    }
    std::string take(std::size_t bytes) {
        std::string taken = received_.substr(0, bytes);
        broken_ = broken_ || taken.size() < bytes;
        received_.erase(0, bytes);
        return taken;
    }

    int socket_;
    bool connected_ = false;
    bool broken_ = false;
    std::string received_;
};

inline std::string get(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

inline std::string post(const std::string& path, const std::string& body) {
    return "POST " + path +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

}  // namespace keyledger
