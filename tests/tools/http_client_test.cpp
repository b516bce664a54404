#include "tools/client/http_client.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <thread>
#include <vector>

namespace keyledger {
namespace {

// Answers each request with the next of its texts; after one that is empty, or when they are used
// up, it closes the connection. Takes one connection after the other.
class ScriptedServer {
public:
    explicit ScriptedServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listener_, 8) == 0);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    ServerUrl url() const { return {UrlScheme::http, "127.0.0.1", std::to_string(port_), ""}; }
    std::vector<std::string> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    int connections() {
        const std::lock_guard lock(mutex_);
        return connections_;
    }

private:
    void serve() {
        for (int peer; (peer = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(peer)) {
            {
                const std::lock_guard lock(mutex_);
                ++connections_;
            }
            while (answer_one(peer)) {
            }
        }
    }

    bool answer_one(int peer) {
        std::string request;
        while (!is_whole(request)) {
            char buffer[4096];
            const auto count = ::recv(peer, buffer, sizeof buffer, 0);
            if (count <= 0) return false;
            request.append(buffer, static_cast<std::size_t>(count));
        }
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        const std::string answer = next_ < answers_.size() ? answers_[next_++] : "";
        // A byte at a time: whoever reads sees every beginning of it.
        for (const char byte : answer) {
            if (::send(peer, &byte, 1, MSG_NOSIGNAL) != 1) return false;
        }
        return !answer.empty() && answer.find("Connection: close") == answer.npos &&
               answer.find("cut off") == answer.npos;
    }

    static bool is_whole(const std::string& request) {
        const std::size_t end = request.find("\r\n\r\n");
        if (end == request.npos) return false;
        const std::size_t length = request.find("Content-Length: ");
        if (length == request.npos) return true;
        return request.size() >= end + 4 + std::strtoul(request.c_str() + length + 16, nullptr, 10);
    }

    std::vector<std::string> answers_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
    std::mutex mutex_;  // of what follows
    std::size_t next_ = 0;
    int connections_ = 0;
    std::vector<std::string> requests_;
};

std::string with_length(int status, const std::string& body) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\nX-Ledger-Seq: 7\r\n\r\n" +
           body;
}

HttpCall get(const std::string& target) {
    return {"GET", target, {}, {}};
}

TEST_CASE("answers by length, in chunks and up to the connection's end are read whole") {
    ScriptedServer server(
        {with_length(200, "one"), with_length(404, ""),
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n2\r\n!!\r\n0\r\n\r\n",
         "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nthree"});
    HttpClient client(server.url(), "");
    const HttpAnswer one = client.call(get("/1"));
    CHECK(one.status == 200);
    CHECK(one.body == "one");
    CHECK(one.header("x-ledger-seq") == "7");
    CHECK(one.header("none").empty());
    CHECK(client.call(get("/2")).status == 404);
    CHECK(client.call(get("/3")).body == "two!!");
    CHECK(client.call(get("/4")).body == "three");
    CHECK(server.connections() == 1);
    CHECK(server.requests().front().starts_with("GET /1 HTTP/1.1\r\nHost: 127.0.0.1:"));
}

TEST_CASE("a body and headers go as they are given") {
    ScriptedServer server({with_length(201, "{}")});
    HttpClient client(server.url(), "");
    const HttpCall call{"POST", "/x", {{"If-Match", "\"1\""}}, "{\"a\":1}"};
    CHECK(client.call(call).status == 201);
    const std::string sent = server.requests().front();
    CHECK(sent.find("\r\nIf-Match: \"1\"\r\n") != sent.npos);
    CHECK(sent.ends_with("\r\nContent-Length: 7\r\n\r\n{\"a\":1}"));
}

TEST_CASE("a large body and a large answer go through") {
    const std::string large(3 << 20, 'x');
    ScriptedServer server(
        {"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'y')});
    HttpClient client(server.url(), "");
    const HttpAnswer answer = client.call({"POST", "/x", {}, large});
    CHECK(answer.body == std::string(100000, 'y'));
    CHECK(server.requests().front().ends_with(large));
}

TEST_CASE("a connection that was closed meanwhile is opened anew") {
    ScriptedServer server({"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na",
                           with_length(200, "b")});
    HttpClient client(server.url(), "");
    CHECK(client.call(get("/")).body == "a");
    CHECK(client.call(get("/")).body == "b");
    CHECK(server.connections() == 2);
}

TEST_CASE("a call that may have been done is sent again only if twice is as once") {
    struct Case {
        HttpCall call;
        bool again;
    };
    const auto [call, again] = GENERATE(
        table<HttpCall, bool>({{HttpCall{"GET", "/", {}, {}}, true},
                               {HttpCall{"PUT", "/", {}, "{}"}, true},
                               {HttpCall{"POST", "/", {{"idempotency-key", "k"}}, "{}"}, true},
                               {HttpCall{"POST", "/", {}, "{}"}, false},
                               {HttpCall{"PATCH", "/", {}, "{}"}, false}}));
    // The second request is read, and then the connection ends without a word.
    ScriptedServer server({with_length(200, "first"), "", with_length(200, "second")});
    HttpClient client(server.url(), "");
    CHECK(client.call(get("/")).body == "first");
    const HttpAnswer answer = client.call(call);
    INFO(call.method);
    CHECK(answer.status == (again ? 200 : 0));
    CHECK(answer.problem.empty() == again);
    CHECK(server.requests().size() == (again ? 3u : 2u));
}

TEST_CASE("an answer that was cut off or is none is a problem") {
    const std::string text = GENERATE(
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut off"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ncut off\r\n"),
        std::string("HTTP/1.1 200 OK\r\nX: cut off\r\n"), std::string("cut off: not HTTP\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\ncut off"));
    ScriptedServer server({text});
    HttpClient client(server.url(), "");
    const HttpAnswer answer = client.call(get("/"));
    INFO(text);
    CHECK(answer.status == 0);
    CHECK_FALSE(answer.problem.empty());
}

TEST_CASE("nobody who listens is a problem that names the place") {
    HttpClient client({UrlScheme::http, "127.0.0.1", "1", ""}, "");
    const HttpAnswer answer = client.call(get("/"));
    CHECK(answer.status == 0);
    CHECK(answer.problem.starts_with("can't reach http://127.0.0.1:1: "));
}

TEST_CASE("a header can't smuggle a line") {
    ScriptedServer server({with_length(200, "")});
    HttpClient client(server.url(), "");
    const HttpAnswer answer = client.call({"GET", "/", {{"If-Match", "a\r\nX: y"}}, {}});
    CHECK(answer.status == 0);
    CHECK(answer.problem == "If-Match: has a control character");
    CHECK(server.connections() == 0);
}

TEST_CASE("a stream gives its pieces, and may be stopped") {
    const std::string chunks =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\nb\r\n2\r\n\nc\r\n0\r\n\r\n";
    ScriptedServer server({chunks, with_length(401, "{}"), chunks});
    HttpClient client(server.url(), "");
    std::string taken;
    const HttpClient::Take take = [&taken](std::string_view piece) {
        taken.append(piece);
        return true;
    };
    CHECK(client.stream(get("/"), take).body.empty());
    CHECK(taken == "a\nb\nc");
    CHECK(client.stream(get("/"), take).body == "{}");
    CHECK(taken == "a\nb\nc");
    std::size_t pieces = 0;
    client.stream(get("/"), [&pieces](std::string_view) { return ++pieces < 2; });
    CHECK(pieces == 2);
}

TEST_CASE("an answer that takes longer, or has more bytes, than the call may take is none") {
    ScriptedServer server({with_length(200, "four"), with_length(200, "five!"),
                           "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegun"});
    HttpClient client(server.url(), "");
    CHECK(client.call(get("/"), {.body_bytes = 4, .time = {}}).body == "four");
    CHECK(client.call(get("/"), {.body_bytes = 4, .time = {}}).status == 0);
    const HttpAnswer late = client.call(get("/"), {.time = std::chrono::milliseconds(100)});
    CHECK(late.status == 0);
    CHECK(late.problem == "no answer in time");
}

}  // namespace
}  // namespace keyledger
